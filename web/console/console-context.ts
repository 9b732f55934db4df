import { createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import type { Language } from "../design/language.ts";
import type { Role, Session } from "./answers.ts";
import { ask, Refusal } from "./api.ts";
import type { Words } from "./words.ts";

interface ConsoleContext {
  readonly words: Words;
  readonly language: Language;
  readonly session: Session;
  /** Whether the one who is signed in may do what this role may. */
  can(role: Role): boolean;
  /** Rises when something happened at the server. */
  readonly news: number;
  say(text: string, isBad?: boolean): void;
}

export const Context = createContext<ConsoleContext | undefined>(undefined);

export function useConsole(): ConsoleContext {
  const context = useContext(Context);
  if (context === undefined) throw new Error("Invariant violated: a page stands outside of the console");
  return context;
}

/** What to say of something that did not work. Never throws for a refusal; anything else is a fault of ours. */
export function refusalText(error: unknown, words: Words): string {
  if (!(error instanceof Refusal)) throw error;
  if (error.code === "") return words.common.notReached;
  if (error.code === "role_required") return words.common.roleNeeded;
  return `${words.common.failed}: ${error.message}`;
}

export interface Reading<Answer> {
  readonly answer?: Answer;
  readonly refusal?: Refusal;
  again(): void;
}

/** Reads from the server, and again when something happened there. `path` undefined: nothing is to be read. */
export function useReading<Answer>(path: string | undefined, isLive = true): Reading<Answer> {
  const { news } = useConsole();
  const [state, setState] = useState<{ path?: string; answer?: Answer; refusal?: Refusal }>({});
  const [asked, setAsked] = useState(0);
  const first = useRef<string>(undefined);
  const tick = isLive ? news : 0;
  useEffect(() => {
    if (path === undefined) return undefined;
    let isOver = false;
    const isByItself = first.current === path;
    first.current = path;
    ask<Answer>("GET", path, { isByItself }).then(
      (answer) => !isOver && setState({ path, answer }),
      (refusal: Refusal) => !isOver && setState((was) => ({ ...was, path, refusal })),
    );
    return () => {
      isOver = true;
    };
  }, [path, tick, asked]);
  const mine = state.path === path ? state : {};
  return { ...mine, again: () => setAsked((count) => count + 1) };
}

/** Does something that the reader asked for: busy while it lasts, and says what came of it. */
export function useAct(): {
  readonly isBusy: boolean;
  act(work: () => Promise<string | undefined>): Promise<void>;
} {
  const { say, words } = useConsole();
  const [isBusy, setBusy] = useState(false);
  return {
    isBusy,
    async act(work) {
      if (isBusy) return;
      setBusy(true);
      try {
        const text = await work();
        if (text !== undefined) say(text);
      } catch (error) {
        say(refusalText(error, words), true);
      } finally {
        setBusy(false);
      }
    },
  };
}
