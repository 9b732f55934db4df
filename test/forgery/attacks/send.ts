import { setTimeout as after } from "node:timers/promises";
import type { Reply } from "./target.ts";

interface Sending {
  readonly url: string;
  readonly method: string;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Answered at once by a server that is well. */
  readonly aliveUrl: string;
}

/** A request that is still unanswered after this, while so many later ones were answered, is taken for one that never will be. */
const PATIENCE_MS = 600;
const LATER_ANSWERS = 10;
const SILENCE: Reply = { status: "none", text: "", word: "" };

/** One request over the wire. */
export async function send({ url, method, text, headers = {}, aliveUrl }: Sending): Promise<Reply> {
  const gone = new AbortController();
  const answered = fetch(url, {
    method,
    redirect: "manual",
    signal: gone.signal,
    headers: { ...(text === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(text === undefined ? {} : { body: text }),
  }).then(async (response) => asReply(response.status, await response.text()));
  const patience = new AbortController();
  const silent = after(PATIENCE_MS, SILENCE, { signal: patience.signal, ref: false }).then(
    async (silence) => {
      for (let later = 0; later < LATER_ANSWERS; later++) await fetch(aliveUrl, { signal: patience.signal });
      return silence;
    },
  );
  try {
    return await Promise.race([answered, silent]);
  } finally {
    patience.abort();
    gone.abort();
    await Promise.allSettled([answered, silent]);
  }
}

function asReply(status: number, text: string): Reply {
  try {
    const body = JSON.parse(text);
    return { status, text, word: typeof body?.status === "string" ? body.status : "" };
  } catch {
    return { status, text, word: "" };
  }
}
