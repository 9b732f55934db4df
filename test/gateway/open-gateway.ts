import type { Clock } from "../../src/clock.ts";
import { systemClock } from "../../src/clock.ts";
import type { GatewayLimits } from "../../src/gateway/iamport/gateway-limits.ts";
import { openIamportGateway } from "../../src/gateway/iamport/open-iamport-gateway.ts";
import { IMP_KEY, IMP_SECRET } from "./gateway-double.ts";

interface Options {
  readonly clock?: Clock;
  readonly limits?: Partial<GatewayLimits>;
  readonly tier?: string;
  readonly includeSandbox?: boolean;
  /** Every line of the log, as text. */
  readonly logged?: string[];
}

/** The client against a double. Its breaker stays shut unless the test sets `breakAfter`. */
export function openGateway(baseUrl: string, options: Options = {}) {
  const { clock = systemClock, limits = {}, includeSandbox = false, logged = [], tier } = options;
  const write = (fields: object, message: string) => void logged.push(`${JSON.stringify(fields)} ${message}`);
  return openIamportGateway({
    baseUrl,
    impKey: IMP_KEY,
    impSecret: IMP_SECRET,
    ...(tier === undefined ? {} : { tier }),
    includeSandbox,
    clock,
    log: { info: write, warn: write, error: write },
    limits: { breakAfter: 1_000_000, ...limits },
    random: () => 0.5,
  });
}
