/** The bounds of the client. Times in milliseconds, sizes in bytes. */
export interface GatewayLimits {
  /** From the question to its answer, waiting for a slot and a login included. */
  readonly deadlineMs: number;
  readonly connectMs: number;
  /** Calls at the gateway at one time, and connections. */
  readonly inFlightMax: number;
  /** Calls that wait for a slot. */
  readonly queuedMax: number;
  readonly paymentBytesMax: number;
  readonly listBytesMax: number;
  /** So many transport troubles in a row open the breaker. */
  readonly breakAfter: number;
  /** An open breaker lets one call try after so long. */
  readonly breakMs: number;
}

/** A payment is 1 to 2 KB; a page of findAll holds up to 1,000 of them. i'mport documents no rate limit. */
export const GATEWAY_LIMITS: GatewayLimits = {
  deadlineMs: 8_000,
  connectMs: 3_000,
  inFlightMax: 256,
  queuedMax: 1_024,
  paymentBytesMax: 256 * 1024,
  listBytesMax: 4 * 1024 * 1024,
  breakAfter: 10,
  breakMs: 5_000,
};
