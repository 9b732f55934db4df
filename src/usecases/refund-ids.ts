import { createHmac, hkdfSync } from "node:crypto";

const ID_CHARACTERS = 24;

/** Everything of a request that makes it the same request or another. Amounts in whole minor units. */
export type RefundFacts = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RefundIds {
  /** The id that one Idempotency-Key of one API key always leads to for one order: a retry meets the same refund. */
  ofRequest(request: { readonly orderId: string; readonly apiKeyId: string; readonly key: string }): string;
  /** The one refund that a discrepancy can lead to. */
  ofDiscrepancy(discrepancyId: string): string;
  /** A keyed digest: it stands in the clear, and must not let anyone try account numbers. */
  fingerprint(facts: RefundFacts): string;
}

/** Makes ids of refunds: `rfd_` and 24 hexadecimal characters that nobody without the secret can guess. */
export function openRefundIds(secret: Uint8Array): RefundIds {
  const idKey = Buffer.from(hkdfSync("sha256", secret, "", "dojang refund ids", 32));
  const printKey = Buffer.from(hkdfSync("sha256", secret, "", "dojang refund fingerprints", 32));
  const digest = (key: Buffer, parts: readonly unknown[]) =>
    createHmac("sha256", key).update(JSON.stringify(parts)).digest("hex");
  const id = (parts: readonly string[]) => `rfd_${digest(idKey, parts).slice(0, ID_CHARACTERS)}`;
  return {
    ofRequest: ({ orderId, apiKeyId, key }) => id(["request", orderId, apiKeyId, key]),
    ofDiscrepancy: (discrepancyId) => id(["discrepancy", discrepancyId]),
    fingerprint(facts) {
      const given = Object.entries(facts).filter(([, value]) => value !== undefined);
      return digest(
        printKey,
        given.toSorted(([one], [other]) => (one < other ? -1 : 1)),
      );
    },
  };
}
