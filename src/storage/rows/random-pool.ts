const POOL_BYTES = 4096;

/** Hands out random bytes from a pool: one system call for hundreds of nonces. Each byte is given once. */
export function createRandomPool(randomBytes: (size: number) => Uint8Array): (size: number) => Buffer {
  let pool = Buffer.alloc(0);
  let used = 0;
  return (size) => {
    if (used + size > pool.length) {
      pool = Buffer.from(randomBytes(Math.max(POOL_BYTES, size)));
      used = 0;
    }
    used += size;
    // A view: pools are replaced, never written again.
    return pool.subarray(used - size, used);
  };
}
