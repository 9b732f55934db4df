import { askCommands } from "../replicas/ask-commands.ts";
import { buyDuring } from "../replicas/buy-during.ts";
import { untilQuiet } from "../replicas/until-quiet.ts";
import type { Draw } from "../support/draw.ts";
import { openRows } from "../support/open-rows.ts";
import { check } from "./check.ts";
import { clockPlanFor, FAULTS, type FaultName } from "./faults.ts";
import { DATA_KEY, type Ground, openGround } from "./ground.ts";
import type { Plan } from "./inside/plan.ts";
import { keepEvidence } from "./keep-evidence.ts";
import { type EngineName, LABELS, type Label, MIGRATION_LABELS } from "./labels.ts";
import { passTime, plain, restart } from "./lives.ts";
import type { Place } from "./place.ts";
import type { Tally } from "./tally.ts";

export interface CampaignOptions {
  readonly engine: EngineName;
  readonly seed: number;
  readonly faults: readonly FaultName[];
  /** On one database, before it is looked at for the last time. */
  readonly rounds: number;
  readonly buyers: number;
  /** One server and one worker at most, and no last look after an hour has passed. Default: no. */
  readonly isSmall?: boolean;
  /** A bug to be found: see inside/plants.ts. */
  readonly plant?: string | undefined;
  readonly isOver: () => boolean;
  readonly tally: Tally;
}

/** One database from its first start to its last, and all that strikes meanwhile. @returns the findings, each with its round */
export async function runCampaign(options: CampaignOptions): Promise<readonly string[]> {
  const { engine, seed, tally } = options;
  await using ground = await openGround({ engine, seed, isSmall: options.isSmall ?? false });
  const campaign = new Campaign(ground, options);
  try {
    const findings = await campaign
      .run()
      .catch((error: unknown) => [
        `${campaign.round}: ${error instanceof Error ? error.stack : String(error)}`,
      ]);
    if (findings.length === 0 || options.plant !== undefined) return findings;
    const folder = keepEvidence(ground, findings);
    return findings.map((finding) => `${finding}\n(kept in ${folder})`);
  } finally {
    tally.requests += ground.told.requests;
    tally.answered += ground.told.requests - ground.told.unanswered;
  }
}

interface Round {
  readonly fault: FaultName;
  readonly place: Place;
  readonly label?: Label;
  readonly plan: Plan;
}

class Campaign {
  readonly #ground: Ground;
  readonly #options: CampaignOptions;
  readonly #draw: Draw;
  round = "the first start";

  constructor(ground: Ground, options: CampaignOptions) {
    this.#ground = ground;
    this.#options = options;
    this.#draw = ground.draw;
  }

  async run(): Promise<readonly string[]> {
    const { rounds, isOver, engine, tally } = this.#options;
    let next = this.#drawRound();
    await this.#firstStart(next);
    for (let count = 0; count < rounds && !(count > 0 && isOver()); count += 1) {
      const now = next;
      next = this.#drawRound();
      this.round = `${engine}, round ${count + 1}, ${now.fault} ${now.label?.name ?? ""} at ${now.place.name}`;
      const findings = await this.#strike(now, next);
      tally.rounds += 1;
      if (findings.length > 0) return findings.map((finding) => `${this.round}: ${finding}`);
    }
    if (this.#options.isSmall === true) return [];
    this.round = `${engine}, the end`;
    return (await this.#end()).map((finding) => `${this.round}: ${finding}`);
  }

  /** The schema is made by a process that dies meanwhile, and then by another one. */
  async #firstStart(first: Round): Promise<void> {
    const { engine, faults, tally } = this.#options;
    const { places } = this.#ground;
    const [maker] = places;
    if (maker === undefined) throw new Error("Invariant violated: an empty ground");
    if (faults.includes("labelled")) {
      const label = this.#draw.pick(MIGRATION_LABELS.filter(({ engines }) => engines.includes(engine)));
      const dieAt = { label: label.name, passage: this.#draw.int(1, label.passagesMax), isAtOnce: true };
      const hasDied = await maker.diesAtStart({ ...this.#plant(), dieAt });
      tally.kill(engine, hasDied ? label.name : "missed");
    }
    // One at a time: the schema is there for the second one.
    for (const place of places) await place.start(place === first.place ? first.plan : this.#plant());
    await this.#ground.base.watchLeases();
  }

  async #strike(now: Round, next: Round): Promise<readonly string[]> {
    const ground = this.#ground;
    const { tally, engine, buyers } = this.#options;
    // The one that is struck starts with what the next round needs; another one is started anew for that.
    const isSame = next.place === now.place;
    const plan = isSame ? next.plan : this.#plant();
    const findings: string[] = [];
    let mayFail = false;
    ground.shop.troubleShare = this.#draw.chance(TROUBLED_SHARE) ? TROUBLE_SHARE : 0;
    await buyDuring(ground.desk, {
      buyers,
      havoc: async () => {
        const struck = await FAULTS[now.fault]({ ground, place: now.place, next: plan });
        findings.push(...struck.findings);
        mayFail = struck.mayFail ?? false;
        for (let count = 0; count < (struck.atStart ?? 0); count += 1) tally.kill(engine, "start");
        const name = struck.missed === true ? "missed" : (now.label?.name ?? now.fault);
        for (let count = 0; count < Math.max(1, struck.kills); count += 1)
          tally.strike(engine, name, struck.kills > 0);
        if (needsRestart(engine, { now, next })) {
          await next.place.kill();
          tally.kill(engine, "kill");
          await restart({ ground, place: next.place, next: next.plan });
        }
      },
    });
    ground.shop.troubleShare = 0;
    return [...findings, ...(await check(ground, { mayWait: true, mayFail }))];
  }

  /** Time passes, so that all ends that waits; then nothing may be open, and what the product itself says is asked. */
  async #end(): Promise<readonly string[]> {
    const ground = this.#ground;
    for (const orderId of ground.told.registered.keys()) ground.unordered.add(orderId);
    const codes = await Promise.all(ground.places.map(async (place) => (await place.kill("SIGTERM")).code));
    const findings = codes.every((code) => code === 0) ? [] : [`SIGTERM ended with ${codes.join(", ")}`];
    await passTime(ground, PASS_MS);
    findings.push(...(await check(ground, { mayWait: false, mayFail: false })));
    await using rows = await openRows(ground.base.directUrl);
    await untilQuiet(rows, { waitsForRefunds: true, now: ground.now });
    return [
      ...findings,
      ...(await askCommands({
        DATABASE_URL: ground.base.directUrl,
        DOJANG_DATA_KEY: DATA_KEY.toString("base64"),
      })),
    ];
  }

  #drawRound(): Round {
    const ground = this.#ground;
    const { engine, faults } = this.#options;
    const fault = this.#draw.weighted(possible(ground, faults));
    const places = ground.places.filter(({ role }) => fault !== "stop" || role !== "serve");
    const place = this.#draw.pick(places);
    if (fault !== "labelled") {
      const clock = clockPlanFor(fault, ground);
      return { fault, place, plan: { ...this.#plant(), ...(clock && { clock }) } };
    }
    const fitting = LABELS.filter(
      ({ engines, roles }) => engines.includes(engine) && roles.includes(place.role),
    );
    const label = this.#draw.pick(fitting);
    const dieAt = { label: label.name, passage: this.#draw.int(1, label.passagesMax) };
    return { fault, place, label, plan: { ...this.#plant(), dieAt } };
  }

  #plant(): Plan {
    return plain({ ...(this.#options.plant === undefined ? {} : { plant: this.#options.plant }) });
  }
}

/** In so many rounds the shop refuses some events. */
const TROUBLED_SHARE = 0.2;
const TROUBLE_SHARE = 0.2;
/** Later than any wait of the product but the daily ones. */
const PASS_MS = 75 * 60_000;

/** After these another process stands there. */
const RESTARTS: Readonly<Record<EngineName, readonly FaultName[]>> = {
  sqlite: ["kill", "labelled", "clock", "disk-full", "read-only"],
  postgres: ["kill", "labelled", "clock"],
};

/** A round whose fault restarts nothing, or something else, and a next one that needs a plan of its own. */
function needsRestart(engine: EngineName, { now, next }: { now: Round; next: Round }): boolean {
  const isPlanned = next.plan.dieAt !== undefined || next.plan.clock !== undefined;
  const isStarted = next.place === now.place && RESTARTS[engine].includes(now.fault);
  return isPlanned && !isStarted;
}

const WEIGHTS: Readonly<Record<FaultName, number>> = {
  kill: 30,
  labelled: 50,
  "disk-full": 4,
  "read-only": 3,
  cut: 6,
  reset: 5,
  clock: 2,
  stop: 5,
};

function possible(ground: Ground, faults: readonly FaultName[]): [number, FaultName][] {
  const { engine, base } = ground;
  const { wire, mount } = base;
  const isLimited = engine === "sqlite" && process.platform === "linux";
  return faults
    .filter((fault) => fault !== "cut" || wire !== undefined)
    .filter((fault) => fault !== "disk-full" || mount !== undefined || isLimited)
    .filter((fault) => fault !== "read-only" || engine === "postgres" || isLimited)
    .map((fault) => [WEIGHTS[fault], fault]);
}
