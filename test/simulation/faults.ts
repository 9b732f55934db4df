/**
 * The faults that one process can meet, by their numbers in the fault model. Those that only a second process, another database or the
 * operating system can make (X11 failover, X16 memory, X17 two versions) are for the tests of PostgreSQL, of replicas and of processes.
 */
export const FAULTS = [
  /** The gateway answers 4xx, 5xx or 429, before or after it acted. */
  "X1",
  /** No connection: refused, no such name, a certificate that is not good. */
  "X2",
  /** Slow for up to two minutes, byte by byte, or silent for ever. */
  "X3",
  /** A connection that ends anywhere, and bodies that are not what was asked for. */
  "X4",
  /** A token that is refused or expired, a login that fails, a gateway's clock that is off. */
  "X5",
  /** Webhooks that are lost, doubled, late or out of order. */
  "X6",
  /** Browsers that are lost, repeat themselves, or name what is not theirs. */
  "X7",
  /** The process is killed, told to end, stopped for a while; or the machine loses its power. */
  "X8",
  /** A COMMIT, or its sync, whose outcome is unknown. */
  "X9",
  /** A transaction that must be decided once more, beside others of its batch. */
  "X10",
  /** The disk is full. */
  "X12",
  /** The machine's clock jumps. */
  "X13",
  /** The event loop stands still. */
  "X14",
  /** The provider of texts, and the shop's own endpoints: no, nothing, later, twice. */
  "X15",
  /** An older backup is restored. */
  "X18",
  /** Payments move at the gateway at any time. */
  "X19",
  /** The gateway lies for a moment: an old answer, a payment that it does not know yet. */
  "X20",
  /** A flood of hints and claims. */
  "X21",
  /** A second server on the same file, or one with another key. */
  "X22",
] as const;

export type Fault = (typeof FAULTS)[number];
