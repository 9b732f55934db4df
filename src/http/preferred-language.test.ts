import assert from "node:assert/strict";
import { test } from "node:test";
import { preferredLanguage } from "./preferred-language.ts";

const asked = (accept?: string, { lang, cookie }: { lang?: unknown; cookie?: string } = {}) =>
  preferredLanguage({
    query: { lang },
    headers: { ...(accept && { "accept-language": accept }), ...(cookie && { cookie }) },
  });

for (const [header, language] of [
  [undefined, "ko"],
  ["", "ko"],
  ["ko-KR,ko;q=0.9,en;q=0.8", "ko"],
  ["en-US,en;q=0.9", "en"],
  ["en;q=0.5, ko;q=0.7", "ko"],
  ["ko;q=0.5, en;q=0.7", "en"],
  ["en,ko", "en"],
  ["EN-gb", "en"],
  ["de-DE,de", "ko"],
  ["de, en;q=0.1", "en"],
  ["en;q=0", "ko"],
  ["en;q=x", "ko"],
  ["*", "ko"],
  [";;,,q=;en", "ko"],
] as const) {
  test(`preferredLanguage() is ${language} for ${header}`, () => {
    assert.equal(asked(header), language);
  });
}

test("preferredLanguage() hears the address first, then what was chosen before, then the browser", () => {
  assert.equal(asked("ko", { lang: "en" }), "en");
  assert.equal(asked("ko", { cookie: "a=1; lang=en; b=2" }), "en");
  assert.equal(asked("ko", { lang: "ko", cookie: "lang=en" }), "ko");
});

test("preferredLanguage() takes nothing but its two languages", () => {
  for (const lang of ["fr", "<script>", ["en"], {}, undefined]) assert.equal(asked("ko", { lang }), "ko");
  for (const cookie of ["lang=fr", "xlang=en", "lang=english", "lang="])
    assert.equal(asked("ko", { cookie }), "ko", cookie);
});
