// R53: the search that the other tests of secrets rely on. Goal: it finds what is hidden in another spelling. Method: one secret
// at a time, in each of the ways in which an error or a log may write it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DOCUMENTED, SENTINELS } from "../support/secret-stage.ts";
import { assertSilent, sentinelsIn } from "../support/sentinels.ts";

describe("the search for secrets", () => {
  const hidden = Buffer.from(
    `{"authorization":"Basic ${Buffer.from("key:sentinel-imp-secret-8c1e55aa90").toString("base64")}"}`,
  );
  const HIDINGS: readonly (readonly [what: string, bytes: Buffer, name: string])[] = [
    ["in base64, behind other bytes", hidden, "imp_secret"],
    ["escaped for JSON", Buffer.from('{"x":"\\ub3c5\\uace0\\uc13c\\ud2f0\\ub110"}'), "name"],
    ["escaped for an address", Buffer.from(encodeURIComponent("독고센티널")), "name"],
    ["without dashes", Buffer.from("to 01073657465"), "tel"],
    ["with the country's number", Buffer.from("+821073657465"), "tel"],
    ["in UTF-16", Buffer.from("독고센티널", "utf16le"), "name"],
  ];
  for (const [what, bytes, name] of HIDINGS) {
    test(`R53-w finds one ${what}`, () => {
      assert.deepEqual(sentinelsIn(bytes, SENTINELS), [name]);
      const sinks = [{ what: "a sink", bytes }];
      assert.throws(
        () => assertSilent(sinks, { sentinels: SENTINELS, documented: DOCUMENTED }),
        /a sink holds/,
      );
    });
  }
});
