import { DojangError } from "../../errors.ts";

const WAITING_MAX = 10_000;

/** Lets one piece of work of an order run at a time in this process: others would wait for its lock, each with a connection. */
export interface OrderQueue {
  /** @throws {DojangError} `overloaded`, `storage_unavailable` once closed */
  run<Value>(orderId: string | undefined, work: () => Promise<Value>): Promise<Value>;
  /** Takes no more and waits for what was taken. */
  close(): Promise<void>;
}

export function createOrderQueue(): OrderQueue {
  const tails = new Map<string, Promise<unknown>>();
  const underWay = new Set<Promise<unknown>>();
  let isClosed = false;

  function start<Value>(orderId: string | undefined, work: () => Promise<Value>): Promise<Value> {
    if (orderId === undefined) return work();
    const before = tails.get(orderId);
    const mine = before === undefined ? work() : before.then(work, work);
    tails.set(orderId, mine);
    const leave = () => {
      if (tails.get(orderId) === mine) tails.delete(orderId);
    };
    mine.then(leave, leave);
    return mine;
  }

  return {
    run(orderId, work) {
      if (isClosed)
        return Promise.reject(
          new DojangError("storage_unavailable", "Cannot use the database: it is closed"),
        );
      if (underWay.size >= WAITING_MAX)
        return Promise.reject(
          new DojangError("overloaded", `Cannot write: ${WAITING_MAX} writes are waiting already`),
        );
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
