import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { type LogFields, openLog } from "../../src/log.ts";
import { openNotifier } from "../../src/notify/open-notifier.ts";

const message = {
  to: "01012345678",
  text: "[도장] 신한은행 110-123-456789 (도장)\n50,000원을 2026-08-03 23:59까지 입금해 주세요. 문의 02-123-4567",
  key: "k1",
};

async function written(mask: boolean, sent = message): Promise<{ lines: string[]; kind: string }> {
  const lines: string[] = [];
  const silent = openLog("silent");
  const log = {
    ...silent,
    info: (_event: string, fields?: LogFields) => void lines.push(fields?.text ?? ""),
  };
  const deps = { log, isLive: mask, clock: systemClock, randomBytes };
  await using notifier = openNotifier({ kind: "console" }, deps);
  assert.equal(notifier.name, "console");
  return { lines, kind: (await notifier.send(sent)).kind };
}

describe("openConsoleNotifier()", () => {
  test("openConsoleNotifier() writes the message on one line", async () => {
    const { lines, kind } = await written(false);
    assert.equal(kind, "sent");
    assert.deepEqual(lines, [`SMS to 01012345678: ${message.text.replace("\n", " / ")}`]);
  });

  test("openConsoleNotifier() hides phones and accounts where told to, and leaves amount and date", async () => {
    const { lines } = await written(true);
    const [line = ""] = lines;
    assert.ok(line.startsWith("SMS to *********78: "), line);
    assert.ok(line.includes("신한은행 ***-***-****89 "), line);
    assert.ok(line.includes("50,000원을 2026-08-03 23:59까지"), line);
    assert.ok(line.includes("문의 **-***-**67"), line);
  });

  test("openConsoleNotifier() hides accounts of every spelling", async () => {
    for (const account of [
      "1101234567890",
      "110-12-3456789",
      "1101234",
      "2026-08-03-123456",
      "56211105948613",
    ]) {
      const { lines } = await written(true, { ...message, text: `계좌 ${account} 입니다` });
      assert.ok(!lines.join().includes(account.slice(0, 6)), lines.join());
    }
  });

  test("openConsoleNotifier() refuses what is no Korean phone, and writes nothing", async () => {
    for (const to of ["", "12345", "+14155550100", "0101234567890", "01012345678; DROP"]) {
      assert.deepEqual(await written(true, { ...message, to }), { lines: [], kind: "refused" }, to);
    }
  });

  test("openConsoleNotifier() takes every usual spelling of a phone", async () => {
    for (const to of [
      "010-1234-5678",
      "+82 10-1234-5678",
      "+82 (0)10 1234 5678",
      "0082 10 1234 5678",
      "010.1234.5678",
    ]) {
      const { lines } = await written(false, { ...message, to });
      assert.ok(lines[0]?.startsWith("SMS to 01012345678: "), to);
    }
  });
});
