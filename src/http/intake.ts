import type { onRequestHookHandler } from "fastify";
import { DojangError } from "../errors.ts";
import type { Deps } from "../usecases/deps.ts";
import { problemRefusal } from "./problem.ts";
import { refuseAtOnce } from "./refuse-at-once.ts";

/** Longer than this nobody waits: a few batches of the database. A process that stood still for a moment refuses nobody. */
const WAIT_MS_MAX = 150;
/** So many share one commit: they are no backlog. */
const UNDER_WAY_MIN = 128;
/** Past this all are refused, whatever the clock says. */
const UNDER_WAY_MAX = 2048;

export interface Intake {
  /** Refuses at once, before its body is read, what would have to wait too long. */
  readonly onRequest: onRequestHookHandler;
  /** Counts the work as under way until it ends. */
  run<Value>(work: () => Promise<Value>): Promise<Value>;
}

/**
 * Bounds the time that requests wait, by the age of the oldest that is not answered: whatever the machine and its disk can
 * do is used, and what is more gets its 503 while it can still be sent again.
 */
export function createIntake(clock: Deps["clock"]): Intake {
  // In the order in which they came.
  const underWay = new Set<{ readonly since: number }>();
  const error = new DojangError("overloaded", "Too many notices at one time: send it again later");
  const refusal = problemRefusal(error);
  const isFull = () => {
    if (underWay.size < UNDER_WAY_MIN) return false;
    const [oldest] = underWay;
    const isLate = oldest !== undefined && clock.now() - oldest.since > WAIT_MS_MAX;
    return isLate || underWay.size >= UNDER_WAY_MAX;
  };
  return {
    onRequest(_request, reply, done) {
      if (isFull()) refuseAtOnce(reply, refusal);
      else done();
    },
    async run(work) {
      const request = { since: clock.now() };
      underWay.add(request);
      try {
        return await work();
      } finally {
        underWay.delete(request);
      }
    },
  };
}
