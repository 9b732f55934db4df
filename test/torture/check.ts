import { setTimeout } from "node:timers/promises";
import { readDatabase } from "../../src/config.ts";
import { checkDatabase } from "../../src/storage/check-database.ts";
import { findFaults } from "../replicas/find-faults.ts";
import { untilQuiet } from "../replicas/until-quiet.ts";
import { expireLeases } from "../support/expire-leases.ts";
import { openRows, type Rows } from "../support/open-rows.ts";
import { DATA_KEY, type Ground } from "./ground.ts";

export interface Checking {
  /** Whether refunds may wait for their next look. */
  readonly mayWait: boolean;
  /** Whether a server may have said that it failed: its disk did. */
  readonly mayFail: boolean;
}

/** A task that failed is tried again after some seconds; what nobody told of is found within this. */
const WITHIN_MS = 40_000;
const LOOK_AGAIN_MS = 200;

/**
 * Once nothing moves: all that does not hold. What was answered is true, what was paid is applied or shown, nothing happened twice, the
 * shop heard all of it in order, the rows fit together, and no server said anything that a healthy one does not say.
 */
export async function check(ground: Ground, { mayWait, mayFail }: Checking): Promise<readonly string[]> {
  const found = [...(await checkReady(ground))];
  // What could not be stored is left to its lease: that minute is not waited for.
  await expireLeases(ground.base.directUrl);
  await tellWhatWasNotHeard(ground);
  await using rows = await openRows(ground.base.directUrl);
  const giveUpAt = performance.now() + WITHIN_MS;
  let faults: readonly string[];
  for (;;) {
    const left = Math.max(1, giveUpAt - performance.now());
    const isQuiet = await untilQuiet(rows, { waitsForRefunds: !mayWait, now: ground.now, withinMs: left });
    faults = await findFaults({
      ...{ rows, mayWait, told: ground.told, events: ground.shop.taken, isSandbox: false },
      payments: [...ground.emulator.model.state.payments.values()],
    });
    if ((isQuiet && faults.length === 0) || performance.now() >= giveUpAt) {
      if (!isQuiet) found.push(await busyWith(rows, ground));
      break;
    }
    // A look that failed comes again: time decides, not this moment.
    await setTimeout(LOOK_AGAIN_MS);
  }
  return [
    ...found,
    ...faults,
    ...(await checkOrderOfEvents(ground, rows)),
    ...(await ground.base.staleEnds()),
    ...(await checkRows(ground)),
    ...checkWritten(ground, mayFail),
  ];
}

async function checkReady({ places }: Ground): Promise<string[]> {
  const answers = await Promise.all(
    places.map(async ({ name, process }) => {
      const giveUpAt = performance.now() + WITHIN_MS;
      for (;;) {
        const answer = await fetch(`${process.url}/readyz`).catch(() => undefined);
        const text = await answer?.text();
        if (answer?.status === 200) return [];
        if (performance.now() > giveUpAt) return [`${name} is not ready: ${answer?.status} ${text}`];
        await setTimeout(LOOK_AGAIN_MS);
      }
    }),
  );
  return answers.flat();
}

/** Shops that ask for what they were answered already. */
const REFUNDS_AGAIN = 4;

/** What nobody was answered for may not have been heard: i'mport and the order's own look would say it in a while. */
async function tellWhatWasNotHeard({ told, desk }: Ground): Promise<void> {
  const silent = told.silent.splice(0);
  const unheard = [...told.unheard];
  told.unheard.clear();
  await Promise.all(silent.map((orderId) => desk.look(orderId)));
  await Promise.all(unheard.map((orderId) => desk.verify(orderId)));
  const asked = [...told.refunds.keys()].slice(-REFUNDS_AGAIN);
  await Promise.all(asked.map((key) => desk.refundAgain(key)));
}

async function busyWith(rows: Rows, ground: Ground): Promise<string> {
  const tasks = await rows.all<{ key: string }>(
    "SELECT key, state, wake_at, tries, last_error FROM tasks WHERE state = 'leased' OR wake_at <= ? OR (state = 'due' AND kind = 'deliver') LIMIT 5",
    ground.now(),
  );
  const refunds = await rows.all("SELECT * FROM refunds WHERE state IN ('requested', 'unknown') LIMIT 5");
  return `it does not come to rest: ${JSON.stringify({ now: ground.now(), tasks, refunds })}`;
}

interface EventRow {
  readonly event_id: string;
  readonly merchant_uid: string;
  readonly created_at: number;
}

/** Events of one order may overtake each other after five minutes; this is less. */
const IN_ORDER_MS = 4 * 60_000;

/** What the shop heard first of each event came in the order in which the events happened. */
async function checkOrderOfEvents({ shop, unordered }: Ground, rows: Rows): Promise<string[]> {
  const events = await rows.all<EventRow>("SELECT * FROM events ORDER BY merchant_uid, sequence, position");
  const heardAt = new Map<string, number>();
  shop.taken.forEach(({ headers }, index) => {
    const id = String(headers["webhook-id"]);
    if (!heardAt.has(id)) heardAt.set(id, index);
  });
  const found: string[] = [];
  let before: EventRow | undefined;
  for (const event of events) {
    const at = heardAt.get(event.event_id);
    if (at === undefined || unordered.has(event.merchant_uid)) continue;
    const earlier = before?.merchant_uid === event.merchant_uid ? heardAt.get(before.event_id) : undefined;
    const spread = (shop.taken[at]?.at ?? 0) - (shop.taken[0]?.at ?? 0);
    if (earlier !== undefined && earlier > at && spread < IN_ORDER_MS)
      found.push(`${event.merchant_uid}: the shop heard of ${event.event_id} before ${before?.event_id}`);
    before = event;
  }
  return found;
}

async function checkRows({ base }: Ground): Promise<string[]> {
  const report = await checkDatabase(readDatabase(base.directUrl), {
    dataKey: DATA_KEY,
    onFinding: () => {},
    onProgress: () => {},
  });
  if (report === undefined) return ["there is no database"];
  return report.findings.map(
    ({ name, says, ids }) => `db check, ${name}: ${says}; not so: ${ids.join(", ")}`,
  );
}

/** Faults of our own, whatever the weather. */
const OURS = /"(request_failed|task_threw|not_stopped_cleanly)"|Invariant violated|internal_error/;
/** Only a disk that cannot be written to may end a server. */
const ENDS = /"process_failed"|unhandled|uncaught/i;

function checkWritten({ places }: Ground, mayFail: boolean): string[] {
  return places.flatMap((place) =>
    place
      .takeWritten()
      .split("\n")
      .filter((line) => OURS.test(line) || (!mayFail && ENDS.test(line)) || isNoLogLine(line))
      .map((line) => `${place.name} wrote: ${line.slice(0, 1_000)}`),
  );
}

/** A live server writes JSON; all else is a fault that nobody caught, except the one line of a start that was refused. */
function isNoLogLine(line: string): boolean {
  return line.trim() !== "" && !line.startsWith("{") && !line.startsWith("dojang: ");
}
