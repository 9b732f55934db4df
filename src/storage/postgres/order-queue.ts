import { DojangError } from "../../errors.ts";

const WAITING_MAX = 10_000;
/** Some seconds of work: an order takes one write after another, two round trips each. */
const WAITING_PER_ORDER_MAX = 2_000;

/** Lets one piece of work of an order run at a time in this process: others would wait for its lock, each with a connection. */
export interface OrderQueue {
  /** @throws {DojangError} `overloaded`, `storage_unavailable` once closed */
  run<Value>(orderId: string | undefined, work: () => Promise<Value>): Promise<Value>;
  /** Takes no more and waits for what was taken. */
  close(): Promise<void>;
}

export function createOrderQueue(): OrderQueue {
  const lines = new Map<string, { tail: Promise<unknown>; length: number }>();
  const underWay = new Set<Promise<unknown>>();
  let isClosed = false;

  function start<Value>(orderId: string | undefined, work: () => Promise<Value>): Promise<Value> {
    if (orderId === undefined) return work();
    const line = lines.get(orderId) ?? { tail: Promise.resolve(), length: 0 };
    const mine = line.length === 0 ? work() : line.tail.then(work, work);
    line.tail = mine;
    line.length += 1;
    lines.set(orderId, line);
    const leave = () => {
      line.length -= 1;
      if (line.length === 0) lines.delete(orderId);
    };
    mine.then(leave, leave);
    return mine;
  }

  const refuse = (code: "storage_unavailable" | "overloaded", why: string) =>
    Promise.reject(new DojangError(code, why));

  return {
    run(orderId, work) {
      if (isClosed) return refuse("storage_unavailable", "Cannot use the database: it is closed");
      if (underWay.size >= WAITING_MAX)
        return refuse("overloaded", `Cannot write: ${WAITING_MAX} writes are waiting already`);
      const line = orderId === undefined ? undefined : lines.get(orderId);
      if (line !== undefined && line.length >= WAITING_PER_ORDER_MAX)
        return refuse("overloaded", `Cannot write: ${line.length} writes of this order are waiting already`);
      const done = start(orderId, work);
      underWay.add(done);
      const leave = () => void underWay.delete(done);
      done.then(leave, leave);
      return done;
    },
    async close() {
      isClosed = true;
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
}
