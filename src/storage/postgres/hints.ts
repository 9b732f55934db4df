import { bodyPlace } from "../rows/hint-row.ts";
import type { SealContext } from "../rows/seal-context.ts";
import type { Hint } from "../store.ts";
import type { Session, Statement } from "./session.ts";

/** As the sequence steps: src/storage/migrations/postgres/0001-store.sql. */
const BLOCK = 1_000;
const NEXT_BLOCK: Statement = {
  name: "next_hint_block",
  text: "SELECT nextval('hint_blocks') AS first",
  values: [],
};

/** Numbers hints inside of a block of this process: the number is bound into the sealed body, so it is known before the write. */
export function createHintNumbers(): { next(session: Session): Promise<number> } {
  let next = 0;
  let end = 0;
  let more: Promise<void> | undefined;
  const take = async (session: Session) => {
    const [found] = await session.run([NEXT_BLOCK]);
    next = Number(found?.rows[0]?.["first"]);
    end = next + BLOCK;
  };
  return {
    async next(session) {
      while (next >= end) {
        more ??= take(session).finally(() => {
          more = undefined;
        });
        await more;
      }
      next += 1;
      return next - 1;
    },
  };
}

/** Repeated under the same number it writes nothing. */
export function insertHint(
  hint: Hint,
  {
    hintId,
    receivedAt,
    context,
  }: { readonly hintId: number; readonly receivedAt: number; readonly context: SealContext },
): Statement {
  const { paymentId, orderId = null, contentType, sourceAddress } = hint;
  const body = context.sealer.seal(hint.body, bodyPlace(hintId));
  return {
    name: "insert_hint",
    text: `INSERT INTO hints (hint_id, imp_uid, merchant_uid, content_type, source_address, received_at, body_private)
      VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (hint_id) DO NOTHING`,
    values: [hintId, paymentId, orderId, contentType, sourceAddress, receivedAt, body],
  };
}
