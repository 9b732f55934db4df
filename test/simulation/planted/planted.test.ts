// Goal: a planted bug that can no longer be put into the code is noticed. Method: each text stands once in its file. That each is found
// is `npm run sim -- --planted`; two of them are found here, by the hook that plants all.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runSeeds } from "../run-seeds.ts";
import { PLANTED } from "./planted.ts";

const SRC = fileURLToPath(new URL("../../../src", import.meta.url));

describe("PLANTED", () => {
  test("holds at least 40 bugs, each of which has one place", () => {
    assert.ok(PLANTED.length >= 40);
    assert.equal(new Set(PLANTED.map(({ id }) => id)).size, PLANTED.length);
    const lost = PLANTED.filter(
      ({ file, find }) => readFileSync(join(SRC, file), "utf8").split(find).length !== 2,
    );
    assert.deepEqual(
      lost.map(({ id }) => id),
      [],
    );
  });

  for (const planted of ["hint-acked-early", "orphan-dropped"]) {
    test(`${planted} is found by one of the first 20 seeds`, async () => {
      let fault: string | undefined;
      await runSeeds({
        from: 1,
        seeds: 20,
        jobs: 1,
        planted,
        onResult(result) {
          fault ??= result.fault;
          return fault === undefined;
        },
      });
      assert.match(fault ?? "", /^I\d+: /);
    });
  }
});
