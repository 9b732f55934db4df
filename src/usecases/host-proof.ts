import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

/** How far the two clocks may differ, and how long a proof can be used again: what it proves may be asked twice. */
const PROOF_MS_MAX = 60_000;

/** Shows a server that a command runs on its own machine, or at least with its data key: that is who may make operators. */
export interface HostProof {
  /** Of this very text, at this time. */
  make(text: string, at: number): string;
  matches(proof: string, text: string, now: number): boolean;
}

/** A proof is its time and an HMAC-SHA256 over time and text, under a key that is derived from the data key. */
export function openHostProof(dataKey: Uint8Array): HostProof {
  const key = Buffer.from(hkdfSync("sha256", dataKey, "", "dojang host proof v1", 32));
  const digest = (text: string, at: number) => createHmac("sha256", key).update(`${at}\n${text}`).digest();
  return {
    make: (text, at) => `${at}.${digest(text, at).toString("hex")}`,
    matches(proof, text, now) {
      const [, time = "", hex = ""] = /^([0-9]{1,15})\.([0-9a-f]{64})$/.exec(proof) ?? [];
      if (hex === "" || Math.abs(now - Number(time)) > PROOF_MS_MAX) return false;
      return timingSafeEqual(Buffer.from(hex, "hex"), digest(text, Number(time)));
    },
  };
}
