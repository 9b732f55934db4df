// R54: the gateway's keys. Goal: no key of an account lies in the repository or in what browsers load, and a key that is changed at i'mport
// costs nobody a payment. Method: every text file is read as a search would read it; the emulator takes the old keys no more, in the
// middle of a crowd.
import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { DEVELOPMENT_MERCHANT, type Merchant } from "../../src/emulator/merchant.ts";
import { startTestDojang } from "../support/dojang.ts";
import { PRICE } from "../support/forgery.ts";
import { removeDatabaseIn } from "../support/test-engine.ts";

/** What a REST secret of i'mport looks like: 80 letters and digits and no word of anybody. Source: the guide's sample. */
const SECRET =
  /(?<![A-Za-z0-9+/=_-])(?=[A-Za-z]*[0-9])(?=[A-Za-z0-9]*[A-Z])[A-Za-z0-9]{80,}(?![A-Za-z0-9+/=_-])/;
const TEXTS = "{src,test,web,bench,examples,scripts,bin,docs}/**/*.{ts,tsx,mjs,js,json,md,css,html,sql}";
const KEYS_OF_OUR_OWN = [DEVELOPMENT_MERCHANT.impSecret];

describe("keys that anybody could read", () => {
  test("R54-a the search finds one", () => {
    const sample = Array.from({ length: 88 }, (_, at) => "aB3dE6gH9k"[at % 10]).join("");
    assert.match(`imp_secret: "${sample}",`, SECRET);
  });

  test("R54-a none that could be an account's stands in the repository", () => {
    const files = globSync(TEXTS, { exclude: (path) => path.includes("node_modules") });
    assert.ok(files.length > 500, `only ${files.length} files were read`);
    const finds = files.filter((path) => SECRET.test(readFileSync(path, "utf8")));
    assert.deepEqual(finds, []);
  });

  test("R54-a none of the emulator's is in what browsers load", () => {
    const pages = globSync("dist/pages/**/*.{js,css,html,json}");
    assert.ok(pages.length > 5, `only ${pages.length} pages were built`);
    for (const path of pages)
      for (const key of KEYS_OF_OUR_OWN)
        assert.equal(readFileSync(path, "utf8").includes(key), false, `${path} holds a key`);
  });
});

describe("a key that is changed at i'mport", () => {
  test("R54-c under load: nobody is told that a payment failed, and with the new one all are paid", async () => {
    await using emulator = await startEmulator();
    emulator.webhooks.auto = false;
    const merchant: Merchant = {
      ...DEVELOPMENT_MERCHANT,
      userCode: "imp00005401",
      impKey: "5400000000000001",
    };
    emulator.model.addMerchant({ ...merchant, impSecret: "the-first-secret-of-this-shop" });
    const folder = mkdtempSync(join(tmpdir(), "dojang-rotated-"));
    const env = (impSecret: string) => ({ IMP_KEY: merchant.impKey, IMP_SECRET: impSecret });
    const first = await startTestDojang({ emulator, folder, env: env("the-first-secret-of-this-shop") });
    const payments = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const { merchant_uid } = (await first.order()).body;
        const fields = { merchant_uid, amount: PRICE, sandbox: true, userCode: merchant.userCode };
        return { imp_uid: emulator.pay(fields).imp_uid, merchant_uid };
      }),
    );
    const words = new Set<string>();
    const complete = async (ids: { imp_uid: string; merchant_uid: string }) => {
      words.add((await first.complete(ids)).body.status);
    };
    await Promise.all(payments.slice(0, 4).map(complete));
    assert.deepEqual([...words], ["success"]);
    emulator.model.addMerchant({ ...merchant, impSecret: "the-second-secret-of-this-shop" });
    const refused = { body: '{"code":-1,"message":"Unauthorized","response":null}', status: 401 };
    const end = emulator.override({ path: /^\/payments\// }, refused);
    await Promise.all(payments.slice(4).map(complete));
    assert.deepEqual([...words].toSorted(), ["pending", "success"]);
    await first.close();
    end();
    const second = await startTestDojang({ emulator, folder, env: env("the-second-secret-of-this-shop") });
    for (const ids of payments) assert.equal((await second.complete(ids)).body.status, "success");
    await second.close();
    await removeDatabaseIn(folder);
  });
});
