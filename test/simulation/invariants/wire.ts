import { DEVELOPMENT_MERCHANT } from "../../../src/emulator/merchant.ts";
import { GATEWAY_LIMITS } from "../../../src/gateway/iamport/gateway-limits.ts";
import { ACCOUNT } from "../../support/bank.ts";
import type { Life } from "../life.ts";
import type { Request } from "../wire.ts";
import type { World } from "../world.ts";
import type { Must, Parts } from "./invariants.ts";

/** What a buyer told the shop, and nobody may read in a log. */
export const BUYER = { name: "홍길동비밀", email: "secret-buyer@example.com", tel: "010-1234-5678" } as const;

/** As the catalogue has it, with the ids of `docs/iamport-v1.md`. */
const LINES =
  /^(POST \/users\/getToken|GET \/payments\/imps?_[A-Za-z0-9_-]+(\?include_sandbox=true)?|GET \/payments\/findAll\/[A-Za-z0-9_-]+\?[a-z=&0-9-]*|GET \/payments\/status\/[a-z]+\?[a-z=&0-9-]*|GET \/users\/pg|GET \/payments\/prepare\/[A-Za-z0-9_-]+|(POST|PUT) \/payments\/prepare|POST \/payments\/cancel|DELETE \/vbanks\/imps?_[A-Za-z0-9_-]+)$/;

const SENTINELS: readonly string[] = [
  DEVELOPMENT_MERCHANT.impSecret,
  BUYER.name,
  BUYER.email,
  BUYER.tel,
  BUYER.tel.replaceAll("-", ""),
  ACCOUNT.number,
];

/** What leaves for the gateway, and what is logged: I16, I18 and I20. */
export class WireRules {
  readonly #world: World;
  readonly #must: Must;
  readonly #looking = new Map<Life, Map<string, number>>();

  constructor({ world, must }: Parts) {
    this.#world = world;
    this.#must = must;
  }

  hasSecret(text: string): boolean {
    if (SENTINELS.some((secret) => text.includes(secret))) return true;
    for (const token of this.#world.bank.model.state.tokens.keys()) if (text.includes(token)) return true;
    return false;
  }

  onLine(line: string): void {
    this.#must("I16", !this.hasSecret(line), () => `the log tells a secret: ${line.slice(0, 40)}`);
  }

  onRequest({ method, path }: Request): void {
    this.#must("I20", LINES.test(`${method} ${path}`), () => `${method} ${path} leaves for the gateway`);
    const isWide = this.#world.setting.isLive && path.includes("include_sandbox");
    this.#must("I20", !isWide, () => `${path} asks a live gateway for test payments`);
  }

  /** One look at one payment at a time: the others share the next. */
  onSent({ paymentId, method }: Request, life: Life): void {
    const looking = this.#looking.get(life) ?? new Map<string, number>();
    this.#looking.set(life, looking);
    const { inFlight } = life.deps.gateway.health();
    this.#must("I18", inFlight <= GATEWAY_LIMITS.inFlightMax, () => `${inFlight} calls are under way`);
    if (paymentId === undefined || method !== "GET") return;
    const count = (looking.get(paymentId) ?? 0) + 1;
    looking.set(paymentId, count);
    this.#must("I18", count <= 1, () => `${count} looks at ${paymentId} are under way`);
  }

  onEnd({ paymentId, method, line }: Request, { life, startedAt }: { life: Life; startedAt: number }): void {
    const looking = this.#looking.get(life);
    if (paymentId !== undefined && method === "GET")
      looking?.set(paymentId, (looking.get(paymentId) ?? 1) - 1);
    const { plan, time } = this.#world;
    if (plan.faults.has("X13") || time.stalledAt >= startedAt) return;
    const tookMs = time.now() - startedAt;
    this.#must("I18", tookMs <= GATEWAY_LIMITS.deadlineMs, () => `${line} was waited for ${tookMs} ms`);
  }
}
