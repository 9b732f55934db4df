import { createHmac } from "node:crypto";
import { Pool } from "undici";
import type { Clock } from "../clock.ts";
import { koreanPhone } from "./korean-phone.ts";
import type { Notifier, SendResult, TextMessage } from "./notifier.ts";
import { readSolapiAnswer, solapiTrouble } from "./solapi-answer.ts";

export interface SolapiNotifierOptions {
  readonly apiKey: string;
  readonly apiSecret: string;
  /** The sender's number, registered at Solapi. */
  readonly from: string;
  readonly clock: Clock;
  /** Unforeseeable bytes: a signature can be used only once. */
  readonly randomBytes: (size: number) => Uint8Array;
  /** Default `https://api.solapi.com`. */
  readonly baseUrl?: string;
  /** From the call to its answer. Default 8 s. */
  readonly deadlineMs?: number;
}

const SOLAPI_URL = "https://api.solapi.com";
/** The call behind `send()` of the official SDK 6.0.1; it tells a refused message from a refused request. */
const SEND_PATH = "/messages/v4/send-many/detail";
const DEADLINE_MS = 8_000;
/** A provider that hangs must not take every worker of the task runner. */
const SENDS_MAX = 8;
const ANSWER_BYTES_MAX = 64 * 1024;
const CUSTOM_FIELD_CHARS_MAX = 100;

/**
 * Sends text messages through Solapi (a Korean carrier relay). Each message is sent at most once per call: nothing is
 * retried here, because a message whose answer was lost may be on its way. Why not the SDK: docs/decisions/0007.
 *
 * @throws {TypeError} when `from` is no Korean number
 */
export function openSolapiNotifier(options: SolapiNotifierOptions): Notifier & AsyncDisposable {
  const { deadlineMs = DEADLINE_MS, clock } = options;
  const from = senderNumber(options.from);
  const pool = new Pool(options.baseUrl ?? SOLAPI_URL, {
    connections: SENDS_MAX,
    allowH2: false,
    connect: { timeout: 3_000, rejectUnauthorized: true, minVersion: "TLSv1.2" },
    maxResponseSize: ANSWER_BYTES_MAX,
  });

  let underWay = 0;
  async function post(body: string): Promise<SendResult> {
    if (underWay >= SENDS_MAX) return { kind: "busy" };
    underWay += 1;
    const deadline = new AbortController();
    const cancelTimer = clock.after(deadlineMs, () => deadline.abort());
    try {
      const answer = await pool.request({
        method: "POST",
        path: SEND_PATH,
        headers: {
          authorization: authorization(options),
          "content-type": "application/json",
          "accept-encoding": "identity",
        },
        body,
        signal: deadline.signal,
      });
      const text = await answer.body.text();
      return readSolapiAnswer(answer.statusCode, text);
    } catch (error) {
      return solapiTrouble(error, deadline.signal.aborted);
    } finally {
      cancelTimer();
      underWay -= 1;
    }
  }

  return {
    name: "solapi",
    async send(message) {
      const to = koreanPhone(message.to);
      return to === undefined
        ? { kind: "refused", reason: "not_a_korean_phone" }
        : post(requestBody(message, { to, from }));
    },
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}

/** Also an 8-digit service number such as 1588-0000, which can send but not receive. */
function senderNumber(text: string): string {
  const digits = text.replace(/[\s.()-]/g, "");
  const number = /^1[0-9]{7}$/.test(digits) ? digits : koreanPhone(text);
  if (number === undefined) {
    throw new TypeError("Cannot read the sender's number: expected a Korean telephone number");
  }
  return number;
}

/** Solapi drops no second send by itself; the key is kept with the message so that an operator can find one. */
function requestBody(message: TextMessage, numbers: { readonly to: string; readonly from: string }): string {
  const customFields = { key: message.key.slice(0, CUSTOM_FIELD_CHARS_MAX) };
  return JSON.stringify({
    messages: [{ ...numbers, text: message.text, customFields }],
    allowDuplicates: false,
  });
}

/**
 * Source: Solapi, "API Key authentication": HMAC-SHA256 of date and salt under the secret; the date within 15 minutes
 * of theirs, a salt of 12 to 64 bytes, each signature usable once.
 */
function authorization({ apiKey, apiSecret, clock, randomBytes }: SolapiNotifierOptions): string {
  const date = new Date(clock.now()).toISOString();
  const salt = Buffer.from(randomBytes(16)).toString("hex");
  const signature = createHmac("sha256", apiSecret)
    .update(date + salt)
    .digest("hex");
  return `HMAC-SHA256 apiKey=${apiKey}, date=${date}, salt=${salt}, signature=${signature}`;
}
