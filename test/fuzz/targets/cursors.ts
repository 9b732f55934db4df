import { DojangError } from "../../../src/errors.ts";
import { readIdCursor, readKeyCursor, writeIdCursor } from "../../../src/storage/rows/id-cursor.ts";
import { readOrderCursor, writeOrderCursor } from "../../../src/storage/rows/order-cursor.ts";
import { Choices } from "../engine/choices.ts";
import { expect } from "../engine/finding.ts";
import type { FuzzTarget } from "../engine/fuzz-target.ts";

const FORMATS = ["d1", "e1", "o1", "t1"] as const;

/** Cursors: only one that this server wrote is read, to what it was written from; all else is `invalid_cursor`. */
export const cursors: FuzzTarget = {
  name: "cursors",
  sources: ["/src/storage/rows/id-cursor.ts", "/src/storage/rows/order-cursor.ts"],
  seeds: [
    writeOrderCursor({ createdAt: 1764000000000, orderId: "dj_order_1" }),
    writeIdCursor("dsc_0123abc", "d1"),
    writeIdCursor("look:dj_order_1", "t1"),
    Buffer.from('["o1",1.5,"x"]').toString("base64url"),
    Buffer.from('["o1",1,"x",null]').toString("base64url"),
    Buffer.from('["o1", 1,"x"]').toString("base64url"),
  ].map((text) => `0${text}`),
  dictionary: ["=", "-", "_", "+", "/", "WyJvMSIs", '["o1",', "d1:", "\u0000", "9007199254740993"],
  run(input) {
    const choices = new Choices(input);
    const format = FORMATS[choices.int(FORMATS.length)] ?? "d1";
    const isRaw = choices.chance(128);
    const rest = choices.rest();
    // Either a cursor as it stands, or the one that has these bytes.
    const cursor = isRaw ? rest.toString("utf8") : rest.toString("base64url");
    const order = answerOf(() => readOrderCursor(cursor));
    if (order !== undefined) {
      expect(
        writeOrderCursor(order) === cursor,
        "readOrderCursor() reads what it did not write",
        () => cursor,
      );
      expect(
        Number.isSafeInteger(order.createdAt),
        "readOrderCursor() reads a time that is none",
        () => cursor,
      );
    }
    const key = answerOf(() => readKeyCursor(cursor, format));
    if (key !== undefined) {
      expect(
        Buffer.from(cursor, "base64url").toString("utf8") === `${format}:${key}`,
        "readKeyCursor() reads another key",
        () => [cursor, key],
      );
      expect(
        writeIdCursor(key, format) === cursor && key !== "",
        "readKeyCursor() reads what it did not write",
        () => cursor,
      );
    }
    const id = answerOf(() => readIdCursor(cursor, format));
    const isId = key !== undefined && /^[a-z]+_[0-9a-z]+$/.test(key);
    expect(id === (isId ? key : undefined), "readIdCursor() reads another id", () => [cursor, id]);
    checkWritten(rest.toString("utf8").toWellFormed(), format);
    return `${order === undefined} ${key === undefined} ${id === undefined}`;
  },
};

function checkWritten(text: string, format: string): void {
  const position = { createdAt: text.length, orderId: text };
  const again = readOrderCursor(writeOrderCursor(position));
  expect(
    again.orderId === text && again.createdAt === text.length,
    "writeOrderCursor() is read as another position",
    () => text,
  );
  if (text === "") return;
  expect(
    readKeyCursor(writeIdCursor(text, format), format) === text,
    "writeIdCursor() is read as another key",
    () => text,
  );
}

function answerOf<Answer>(read: () => Answer): Answer | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DojangError && error.code === "invalid_cursor") return undefined;
    throw error;
  }
}
