const TRIES_MAX = 4000;
/** What a byte is replaced by, simplest first. */
const SIMPLE = [0x30, 0x61, 0x20, 0x00];

/** The smallest input found that still breaks the same rule: parts are left out, then bytes made plain. */
export function shrink(input: Buffer, breaks: (candidate: Buffer) => boolean): Buffer {
  let best = input;
  let tries = 0;
  const isBroken = (candidate: Buffer) => tries++ < TRIES_MAX && breaks(candidate);
  for (let size = Math.ceil(best.length / 2); size >= 1 && best.length > 0; ) {
    let isSmaller = false;
    for (let at = 0; at < best.length; ) {
      const candidate = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      if (isBroken(candidate)) {
        best = candidate;
        isSmaller = true;
      } else at += size;
    }
    if (!isSmaller || size > 1) {
      if (size === 1) break;
      size = Math.ceil(size / 2);
    }
  }
  for (let at = 0; at < best.length; at++) {
    for (const byte of SIMPLE) {
      if (best[at] === byte) break;
      const candidate = Buffer.from(best);
      candidate[at] = byte;
      if (!isBroken(candidate)) continue;
      best = candidate;
      break;
    }
  }
  return best;
}
