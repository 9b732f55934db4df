import type { Clock } from "../clock.ts";
import type { PaymentSnapshot } from "../domain/payment.ts";
import type { Policy } from "../domain/policy.ts";
import type { Log } from "../log.ts";
import type { Gateway } from "./gateway.ts";

const HOUR_MS = 60 * 60 * 1000;
/** A payment through a channel that is not in the table makes it be read again, but not more often than this. */
const REREAD_MS_MIN = 60 * 1000;

export interface ChannelPolicy {
  /** Undefined while the gateway's channel table was never had: then nothing can be decided, and nothing is refused. */
  policyFor(payment: PaymentSnapshot): Promise<Policy | undefined>;
}

interface ChannelTableOptions {
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly log: Log;
  readonly rules: Omit<Policy, "channels">;
}

/**
 * Accepts the merchant's own live channels: the rows of the gateway's table that are no test channels, read hourly and
 * whenever a payment shows one that is not in it. A table that cannot be read again stays in force.
 * Source: v1 API, GET /users/pg lists pg_provider, pg_id and sandbox of each channel.
 */
export function createChannelTable({ gateway, clock, log, rules }: ChannelTableOptions): ChannelPolicy {
  let channels: ReadonlySet<string> | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    const result = await gateway.listChannels();
    if (result.kind === "found") {
      const live = result.channels.filter((channel) => !channel.sandbox);
      channels = new Set(live.map((channel) => `${channel.pgProvider}:${channel.pgMerchantId}`));
      readAt = clock.now();
      if (channels.size === 0)
        log.alarm("no_live_channel", {
          reason: "the gateway lists no live channel: every payment is refused",
        });
    } else {
      log.warn("channel_table_not_read", { reason: result.reason });
    }
  }

  function readOnce(): Promise<void> {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  return {
    async policyFor({ pgProvider, pgMerchantId }) {
      const age = clock.now() - readAt;
      const isKnown = channels?.has(`${pgProvider ?? ""}:${pgMerchantId ?? ""}`) ?? false;
      // A negative age: the clock was set back.
      const isOld = age < 0 || age > (isKnown ? HOUR_MS : REREAD_MS_MIN);
      if (channels === undefined || isOld) await readOnce();
      return channels === undefined ? undefined : { ...rules, channels };
    },
  };
}
