import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { until } from "../support/until.ts";
import { openApi } from "./call-api.ts";

function openFolder() {
  const path = mkdtempSync(join(tmpdir(), "dojang-emulator-"));
  return {
    file: join(path, "books", "state.json"),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}

describe("stateFile", () => {
  test("startEmulator() knows payments, pre-registrations and time again after a restart", async () => {
    using folder = openFolder();
    const stateFile = folder.file;
    const before = await startEmulator({ stateFile });
    const { imp_uid, merchant_uid } = before.pay({
      status: "ready",
      pay_method: "vbank",
      raw: { extra: "1" },
    });
    await (await openApi(before)).send("POST", "/payments/prepare", { merchant_uid: "dj_p", amount: 1000 });
    await before.advance(3_600_000);
    await before.close();

    await using after = await startEmulator({ stateFile });
    const api = await openApi(after);
    assert.equal((await api.get(`/payments/find/${merchant_uid}`)).response.extra, 1);
    assert.equal((await api.get("/payments/prepare/dj_p")).response.amount, 1000);
    assert.equal(after.model.clock.aheadMs, 3_600_000);
    after.deposit(imp_uid);
    assert.equal((await api.get(`/payments/${imp_uid}`)).response.status, "paid");
    assert.equal(after.ledger()[0]?.history.length, 2);
  });

  test("startEmulator() writes soon after a change, not only at its end", async () => {
    using folder = openFolder();
    await using emulator = await startEmulator({ stateFile: folder.file });
    const { imp_uid } = emulator.pay();
    const saved = () => {
      try {
        return readFileSync(folder.file, "utf8");
      } catch {
        return ""; // not written yet
      }
    };
    await until("the payment is in the file", () => saved().includes(imp_uid));
    emulator.silentCancel(imp_uid);
    await until("its cancel is in the file", () => saved().includes('"status":"cancelled"'));
  });

  test("startEmulator() refuses a file that is no saved state", async () => {
    using folder = openFolder();
    const stateFile = join(folder.file, "..", "..", "odd.json");
    writeFileSync(stateFile, "{}");
    await assert.rejects(
      startEmulator({ stateFile }),
      /^Error: Cannot read the emulator's state: .*odd\.json is none/,
    );
    assert.equal(readFileSync(stateFile, "utf8"), "{}");
  });
});
