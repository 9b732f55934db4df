import type { Readable } from "node:stream";
import type { ConfirmHook, ConfirmHookAnswer, ConfirmQuestion } from "./confirm-hook.ts";
import { openSignedPool, type SignedTarget, sendingFault } from "./signed-pool.ts";

/** i'mport waits 10 s in all; what is left of our own 2 s is for the lookups around this. */
const DEADLINE_MS = 1200;
const CONNECTIONS = 64;
const ANSWER_BYTES_MAX = 4 * 1024;
const WORDS_MAX = 200;

/** Asks the shop, once, whether a payment may be approved. 2xx is yes; only 409 is a no of its own. */
export function openConfirmHook(target: SignedTarget): ConfirmHook {
  const { post, close } = openSignedPool(target, { connections: CONNECTIONS });
  const ask = async (question: ConfirmQuestion, signal: AbortSignal): Promise<ConfirmHookAnswer> => {
    const { statusCode, body } = await post(question, signal);
    const text = await readShort(body);
    if (statusCode >= 200 && statusCode < 300) return { kind: "yes" };
    if (statusCode !== 409) return { kind: "no_answer", reason: `http_${statusCode}` };
    const words = wordsIn(text);
    return { kind: "no", ...(words === "" ? {} : { words }) };
  };
  return {
    async ask(question) {
      const deadline = new AbortController();
      const cancel = target.clock.after(DEADLINE_MS, () => deadline.abort());
      try {
        return await ask(question, deadline.signal);
      } catch (error) {
        return { kind: "no_answer", reason: sendingFault(error, deadline.signal) };
      } finally {
        cancel();
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** @throws what the connection throws, and for an answer that is too long: then it is no answer */
async function readShort(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) throw new Error("the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** `{"reason": "..."}` as one line of plain text: a buyer will read it. */
function wordsIn(text: string): string {
  const { reason } = parsed(text) as { readonly reason?: unknown };
  if (typeof reason !== "string") return "";
  const line = reason.replace(/\s+/gu, " ").replace(/\p{C}/gu, "").trim();
  return [...line].slice(0, WORDS_MAX).join("");
}

function parsed(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {}; // the words are the shop's to give or not
  }
}
