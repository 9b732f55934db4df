import { createHmac } from "node:crypto";
import fc from "fast-check";
import { maskCustomer } from "../../../src/http/mask-customer.ts";
import { koreanPhone } from "../../../src/notify/korean-phone.ts";
import { createBlindIndex } from "../../../src/storage/seal-blind-index.ts";
import type { SealKeys } from "../../../src/storage/seal-keys.ts";
import { expect } from "../engine/finding.ts";
import type { FuzzTarget } from "../engine/fuzz-target.ts";

const keyOf = (byte: number) => ({ indexKey: Buffer.alloc(32, byte) }) as unknown as SealKeys;
const index = createBlindIndex([keyOf(1), keyOf(2)]);
const old = createBlindIndex([keyOf(2)]);

/** The normaliser behind the search: one number or address, spelled in two ways, is one value; two are two; and what a page shows of it hides it. */
export const search: FuzzTarget = {
  name: "search",
  sources: ["/src/storage/seal-blind-index.ts", "/src/notify/korean-phone.ts", "/src/http/mask-customer.ts"],
  seeds: [
    "010-1234-5678",
    "+82 10 1234 5678",
    "0082-2-312-3456",
    "Hong@Example.COM ",
    "８２10-1234-5678",
    "홍길동",
    "+820101234567",
  ],
  dictionary: [
    "+82",
    "0082",
    "82",
    "010",
    "02",
    "-",
    " ",
    "(",
    ")",
    "@",
    ".",
    "０",
    "\u00a0",
    "İ",
    "é",
    "e\u0301",
  ],
  grammar: fc
    .tuple(
      fc.constantFrom("+82", "0082", "82", "", "+82 0"),
      fc.constantFrom("10", "010", "2", "31"),
      fc.stringMatching(/^[0-9]{3,4}[- .]?[0-9]{4}$/),
    )
    .map((parts) => parts.join("-")),
  bytesMax: 300,
  run(input) {
    const text = input.toString("utf8");
    const tel = index.ofTel(text);
    const digits = telOf(text);
    expect((tel === undefined) === (digits === ""), "ofTel() indexes nothing, or not a number", () => text);
    expect(
      tel === undefined || tel.equals(indexOf(`tel:${digits}`)),
      "ofTel() indexes another number",
      () => [text, digits],
    );
    const phone = koreanPhone(text);
    if (phone !== undefined)
      expect(isEqual(tel, index.ofTel(phone)), "ofTel() differs from the number that is texted", () => [
        text,
        phone,
      ]);
    const mail = index.ofMail(text);
    expect(
      isEqual(mail, index.ofMail(` ${text.normalize("NFD")}\t`)),
      "ofMail() differs between two spellings",
      () => text,
    );
    expect(mail === undefined || !isEqual(mail, tel), "ofMail() and ofTel() meet", () => text);
    for (const [kind, one] of [
      ["tel", tel],
      ["mail", mail],
    ] as const) {
      const [first, second] = index.tellAll(kind, text);
      expect(isEqual(first, one), "tellAll() does not find what is stored", () => text);
      expect(
        isEqual(second, kind === "tel" ? old.ofTel(text) : old.ofMail(text)),
        "tellAll() does not find what an older key stored",
        () => text,
      );
      expect(one === undefined || one.length === 16, "the index has another length", () => text);
    }
    checkMask(text);
    return `${tel === undefined} ${mail === undefined} ${phone === undefined} ${digits.startsWith("0")} ${digits.length > 20}`;
  },
};

function indexOf(value: string): Buffer {
  return createHmac("sha256", Buffer.alloc(32, 1)).update(value, "utf8").digest().subarray(0, 16);
}

/** Digits in the domestic form, by hand. */
function telOf(text: string): string {
  const digits = [...text.normalize("NFKC")].filter((one) => one >= "0" && one <= "9").join("");
  const bare = digits.startsWith("0082") ? digits.slice(2) : digits;
  const local = bare.slice(2);
  if (!bare.startsWith("82") || local.length < 8) return digits;
  return local.startsWith("0") ? local : `0${local}`;
}

function checkMask(text: string): void {
  const shown = maskCustomer({ tel: text, email: text, name: text });
  const digits = text.replace(/[^0-9]/g, "");
  const seen = (shown?.tel ?? "").replace(/[^0-9]/g, "");
  expect(seen.length <= 4 && digits.endsWith(seen), "maskCustomer() shows more than four digits", () => [
    text,
    shown,
  ]);
  const letters = [...new Intl.Segmenter("ko").segment(text.trim())];
  const name = (shown?.name ?? "").replace(/\*\*$/, "");
  expect(name === (letters[0]?.segment ?? ""), "maskCustomer() shows more than one letter", () => [
    text,
    shown,
  ]);
  expect(
    [...new Intl.Segmenter("ko").segment(shown?.email ?? "")].length <= 7,
    "maskCustomer() shows more of an address",
    () => [text, shown],
  );
}

function isEqual(one: Buffer | undefined, other: Buffer | undefined): boolean {
  return one === undefined || other === undefined ? one === other : one.equals(other);
}
