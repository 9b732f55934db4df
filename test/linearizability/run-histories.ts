import { Draw } from "../support/draw.ts";
import { checkHistory } from "./check-history.ts";
import type { Site } from "./open-site.ts";
import { type OrderOp, orderModel } from "./order-model.ts";
import { type Recorded, recordHistory, TOTAL } from "./record-history.ts";

export interface HistoriesReport {
  readonly histories: number;
  readonly operations: number;
  readonly unanswered: number;
  /** Answers by what they said. */
  readonly answers: ReadonlyMap<string, number>;
  /** Positions that the checker looked at. */
  readonly visited: number;
  readonly findings: readonly string[];
}

export interface HistoriesOptions {
  readonly seed: number;
  readonly histories: number;
  /** Histories, each of one order, at the same time. */
  readonly atOnce: number;
  readonly findingsMax?: number;
}

/** Records histories until there are so many, or enough findings, and holds each against the sequential order. */
export async function runHistories(site: Site, options: HistoriesOptions): Promise<HistoriesReport> {
  const { seed, histories, atOnce, findingsMax = 5 } = options;
  const answers = new Map<string, number>();
  const findings: string[] = [];
  let begun = 0;
  let ended = 0;
  let operations = 0;
  let unanswered = 0;
  let visited = 0;
  const runSome = async () => {
    while (begun < histories && findings.length < findingsMax) {
      begun += 1;
      const number = seed + begun;
      const recorded = await recordHistory({ ...site, draw: new Draw(number) });
      await site.forget(recorded.orderId);
      const checked = checkHistory(
        recorded.ops,
        orderModel(TOTAL, { ...recorded, hasSweeps: site.hasSweeps }),
      );
      ended += 1;
      operations += recorded.ops.length;
      unanswered += recorded.unanswered;
      visited += checked.visited;
      for (const op of recorded.ops) answers.set(wordOf(op), (answers.get(wordOf(op)) ?? 0) + 1);
      if (!checked.isLinearizable) findings.push(storyOf(number, recorded, checked.ordered));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runSome));
  return { histories: ended, operations, unanswered, answers, visited, findings };
}

function wordOf({ kind, answer }: OrderOp): string {
  return `${kind} ${typeof answer === "object" ? answer.status : (answer ?? "unanswered")}`;
}

/** In the order of their calls. `-` marks what no order could be found for. */
function storyOf(number: number, { orderId, ops, lastsMs }: Recorded, ordered: readonly number[]): string {
  const startedAt = Math.min(...ops.map(({ calledAt }) => calledAt));
  const ms = (time: number) => (time - startedAt).toFixed(2).padStart(8);
  const lines = ops
    .map((op, index) => ({ op, isOrdered: ordered.includes(index) }))
    .toSorted((one, other) => one.op.calledAt - other.op.calledAt)
    .map(({ op: { calledAt, endedAt, kind, answer, ...asked }, isOrdered }) => {
      const what = `${kind} ${JSON.stringify(asked)} -> ${JSON.stringify(answer)}`;
      return `  ${isOrdered ? " " : "-"} ${ms(calledAt)} .. ${ms(endedAt)}  ${what}`;
    });
  return [`history ${number} of ${orderId} (${lastsMs.toFixed(0)} ms) is in no order:`, ...lines].join("\n");
}
