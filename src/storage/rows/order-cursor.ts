import { DojangError } from "../../errors.ts";

/** The last order of a page: the next page begins after it. */
export interface OrderPosition {
  readonly createdAt: number;
  readonly orderId: string;
}

const FORMAT = "o1";

export function writeOrderCursor({ createdAt, orderId }: OrderPosition): string {
  return Buffer.from(JSON.stringify([FORMAT, createdAt, orderId]), "utf8").toString("base64url");
}

/** @throws {DojangError} `invalid_cursor` */
export function readOrderCursor(cursor: string): OrderPosition {
  try {
    const [format, createdAt, orderId, ...rest]: unknown[] = JSON.parse(
      Buffer.from(cursor, "base64url").toString("utf8"),
    );
    if (
      format === FORMAT &&
      Number.isSafeInteger(createdAt) &&
      typeof orderId === "string" &&
      rest.length === 0
    ) {
      const position = { createdAt: createdAt as number, orderId };
      // Base64 has many spellings of the same bytes; only the one that we wrote is ours.
      if (writeOrderCursor(position) === cursor) return position;
    }
  } catch (cause) {
    throw refusal(cause);
  }
  throw refusal();
}

function refusal(cause?: unknown): DojangError {
  return new DojangError("invalid_cursor", "Cannot read cursor: expected one that this server gave", {
    cause,
  });
}
