import { useEffect, useRef, useState } from "preact/hooks";
import { LanguageSwitch } from "../../design/language-switch.tsx";
import { Message } from "../../design/message.tsx";
import { Seal } from "../../design/seal.tsx";
import { Banner } from "../banner.tsx";
import { useWords, type Words } from "../words.ts";
import {
  type Levers,
  type Payment,
  type ReceivedRequest,
  Refusal,
  read,
  type SentWebhook,
  type Switches,
  type SwitchValues,
} from "./admin-api.ts";
import { LeverForm } from "./lever-form.tsx";
import { Payments } from "./payments.tsx";
import { Requests, Webhooks } from "./records.tsx";
import { SwitchForm } from "./switch-form.tsx";
import "./admin.css";

const LOOK_EVERY_MS = 2000;
const NOTICE_MS = 5000;

export type AdminWords = Words["admin"];

/** Does something at the emulator and says what came of it. */
export type Act = (name: string, work: () => Promise<unknown>) => Promise<void>;

interface Books {
  readonly payments: readonly Payment[];
  readonly webhooks: readonly SentWebhook[];
  readonly requests: readonly ReceivedRequest[];
}

/** What is set at the emulator, as it was when the page came. */
interface Desk {
  readonly levers: Levers;
  readonly switches: Switches;
  readonly values: SwitchValues;
}

/** The emulator's admin page: a client of /admin/api like any other. */
export function AdminPage() {
  const { words: all, language, choose } = useWords();
  const words = all.admin;
  const [books, setBooks] = useState<Books>();
  const [desk, setDesk] = useState<Desk>();
  const [notice, say] = useNotice();
  document.title = words.title;

  const look = async () => {
    const [payments, webhooks, requests] = await Promise.all([
      read<Payment[]>("/payments"),
      read<SentWebhook[]>("/webhooks"),
      read<ReceivedRequest[]>("/requests"),
    ]);
    setBooks({ payments, webhooks, requests });
  };
  const refused = (error: unknown) => {
    if (!(error instanceof Refusal)) throw error;
    say({ text: error.message || words.notReached, isBad: true });
  };
  const act: Act = async (name, work) => {
    try {
      await work();
      say({ text: name, isBad: false });
      await look();
    } catch (error) {
      refused(error);
    }
  };
  const open = async () => {
    const [levers, switches, values] = await Promise.all([
      read<Levers>("/"),
      read<Switches>("/switches"),
      read<SwitchValues>("/switch-values"),
    ]);
    setDesk({ levers, switches, values });
  };
  // What is there comes at once, so that nothing moves.
  useEvery(LOOK_EVERY_MS, () => Promise.all([look(), desk ?? open()]).then(() => undefined, refused));

  return (
    <div class="admin">
      <header>
        <Banner />
        <div class="admin-top">
          <Seal />
          <div class="admin-title">
            <h1>{words.title}</h1>
            <p class="quiet">{words.lead}</p>
          </div>
          <LanguageSwitch language={language} onChange={choose} />
        </div>
      </header>
      <main class="admin-main">
        {books && desk && (
          <>
            <Payments payments={books.payments} words={words} language={language} act={act} />
            <LeverForm first={desk.levers} words={words} act={act} />
            <Webhooks rows={books.webhooks} words={words} />
            <Requests rows={books.requests} words={words} />
            <SwitchForm switches={desk.switches} values={desk.values} words={words} act={act} />
          </>
        )}
      </main>
      <div class="admin-notice" role="status">
        {notice && (
          <Message tone={notice.isBad ? "bad" : "good"} id="notice">
            <p>{notice.text}</p>
          </Message>
        )}
      </div>
    </div>
  );
}

interface Notice {
  readonly text: string;
  readonly isBad: boolean;
}

/** Something said for a while. */
function useNotice() {
  const [notice, say] = useState<Notice>();
  useEffect(() => {
    if (notice === undefined) return undefined;
    const timer = setTimeout(() => say(undefined), NOTICE_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return [notice, say] as const;
}

/** Runs at once and then again and again, each time after the last has ended, and not while nobody sees it. */
function useEvery(ms: number, work: () => Promise<void>): void {
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = async () => {
      if (!document.hidden) await latest.current();
      if (!isOver) timer = setTimeout(run, ms);
    };
    void run();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [ms]);
}
