import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

const PREFIX = "dj_";
const TIME_LENGTH = 6;
const RANDOM_LENGTH = 22;
const TAG_LENGTH = 8;
/** `merchant_uid` of minted orders: 39 characters, under the gateway's limit of 40. */
const MINTED = new RegExp(`^${PREFIX}[A-Za-z0-9_-]{${TIME_LENGTH + RANDOM_LENGTH + TAG_LENGTH}}$`);
/** Sorts like the number it writes, so that ids of one day lie together in the index. */
const SORTED_ALPHABET = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

export interface OrderIds {
  /** A new unguessable id: knowledge of it is the buyer's capability. 132 random bits. */
  mint(): string;
  /** The id that one Idempotency-Key of one API key always leads to. */
  derive(apiKeyId: string, idempotencyKey: string): string;
  /** Whether this server (or one with its secret) made the id, or the shop claims its prefix. */
  isOurs(orderId: string): boolean;
}

interface OrderIdsOptions {
  /** 32 bytes; the HMAC key is derived from it. */
  readonly secret: Uint8Array;
  readonly now: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  /** `DOJANG_MERCHANT_UID_PREFIX`. */
  readonly claimedPrefix?: string;
}

/** Makes and recognises order ids: `dj_` + time (6) + random (22) + tag (8), the tag an HMAC over all before it. */
export function openOrderIds({ secret, now, randomBytes, claimedPrefix }: OrderIdsOptions): OrderIds {
  const key = Buffer.from(hkdfSync("sha256", secret, "", "dojang order ids", 32));
  const tag = (body: string) =>
    createHmac("sha256", key).update(body).digest("base64url").slice(0, TAG_LENGTH);
  const sealed = (body: string) => body + tag(body);
  return {
    mint: () =>
      sealed(
        PREFIX + timeText(now()) + Buffer.from(randomBytes(17)).toString("base64url").slice(0, RANDOM_LENGTH),
      ),
    derive(apiKeyId, idempotencyKey) {
      const digest = createHmac("sha256", key)
        .update(JSON.stringify([apiKeyId, idempotencyKey]))
        .digest("base64url");
      return sealed(PREFIX + digest.slice(0, TIME_LENGTH + RANDOM_LENGTH));
    },
    isOurs(orderId) {
      if (claimedPrefix !== undefined && claimedPrefix !== "" && orderId.startsWith(claimedPrefix))
        return true;
      if (!MINTED.test(orderId)) return false;
      const body = orderId.slice(0, -TAG_LENGTH);
      return timingSafeEqual(Buffer.from(orderId.slice(-TAG_LENGTH)), Buffer.from(tag(body)));
    },
  };
}

/** Seconds since the epoch in six sorted base-64 digits: enough for two thousand years. */
function timeText(ms: number): string {
  let rest = Math.floor(ms / 1000);
  let text = "";
  for (let digit = 0; digit < TIME_LENGTH; digit += 1) {
    text = (SORTED_ALPHABET[rest % 64] ?? "-") + text;
    rest = Math.floor(rest / 64);
  }
  return text;
}
