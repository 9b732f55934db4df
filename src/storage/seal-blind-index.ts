import { createHmac } from "node:crypto";
import type { SealKeys } from "./seal-keys.ts";

/** Makes sealed phone numbers and mail addresses findable by exact value, and by nothing else. */
export interface BlindIndex {
  /** The value to store; undefined when nothing is left after normalising. */
  ofTel(tel: string): Buffer | undefined;
  ofMail(mail: string): Buffer | undefined;
  /** What the value may be stored as, one for each key. */
  tellAll(kind: "tel" | "mail", text: string): readonly Buffer[];
}

/** 128 bits: far more than any number of customers needs, and half the index. */
const INDEX_BYTES = 16;

/** HMAC-SHA256 of the normalised value under the first key; searches try every key. */
export function createBlindIndex(keys: readonly [SealKeys, ...SealKeys[]]): BlindIndex {
  const under = (key: SealKeys, value: string) =>
    createHmac("sha256", key.indexKey).update(value, "utf8").digest().subarray(0, INDEX_BYTES);
  const first = (kind: "tel" | "mail", text: string) => {
    const value = normalised(kind, text);
    return value === undefined ? undefined : under(keys[0], value);
  };
  return {
    ofTel: (tel) => first("tel", tel),
    ofMail: (mail) => first("mail", mail),
    tellAll(kind, text) {
      const value = normalised(kind, text);
      return value === undefined ? [] : keys.map((key) => under(key, value));
    },
  };
}

/** The prefix keeps a phone number and a mail address apart under the one key. */
function normalised(kind: "tel" | "mail", text: string): string | undefined {
  const value = kind === "tel" ? normaliseTel(text) : normaliseMail(text);
  return value === "" ? undefined : `${kind}:${value}`;
}

/** Digits only, in the Korean domestic form: `+82 10-1234-5678` and `010 1234 5678` are one number. */
function normaliseTel(tel: string): string {
  const digits = tel.normalize("NFKC").replace(/[^0-9]/g, "");
  // No domestic number begins with 82 and is this long.
  const abroad = /^(?:00)?82(?=[0-9]{8,})0?([0-9]+)$/.exec(digits);
  return abroad === null ? digits : `0${abroad[1]}`;
}

function normaliseMail(mail: string): string {
  return mail.normalize("NFC").trim().toLowerCase();
}
