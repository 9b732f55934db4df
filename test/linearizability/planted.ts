import type { Aggregate } from "../../src/domain/decision.ts";
import type { Store, Target } from "../../src/storage/store.ts";

export interface PlantedStore {
  readonly name: string;
  readonly what: string;
  spoil(store: Store): Store;
}

/** The store with some of its members in other hands. */
function withMembers(store: Store, members: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, key) {
      if (key in members) return members[key as keyof Store];
      const member = target[key as keyof Store];
      return typeof member === "function" ? (member as (...args: never) => unknown).bind(target) : member;
    },
  });
}

const CACHE_MS = 100;

/** Bugs of a store that a server could have, each visible only to who looks at more than one answer. */
export const PLANTED_STORES: readonly PlantedStore[] = [
  {
    name: "stale_cache",
    what: `an order that was read is answered from memory for ${CACHE_MS} ms, whoever writes meanwhile`,
    spoil(store) {
      const memory = new Map<
        string,
        { readonly at: number; readonly view: ReturnType<Store["readOrder"]> }
      >();
      return withMembers(store, {
        readOrder(orderId) {
          const known = memory.get(orderId);
          if (known !== undefined && performance.now() - known.at < CACHE_MS) return known.view;
          const view = store.readOrder(orderId);
          memory.set(orderId, { at: performance.now(), view });
          return view;
        },
      });
    },
  },
  {
    name: "answered_before_commit",
    what: "an answer goes out once it is decided, and one commit in four is lost afterwards",
    spoil(store) {
      let decisions = 0;
      return withMembers(store, {
        transact<Outcome>(target: Target, decide: (aggregate: Aggregate) => { outcome: Outcome }) {
          return new Promise<Outcome>((resolve, reject) => {
            store
              .transact(target, (aggregate) => {
                const decision = decide(aggregate);
                decisions += 1;
                const isPaying = "order" in decision && aggregate.order !== undefined;
                if (isPaying) resolve(decision.outcome);
                if (isPaying && decisions % 4 === 0) throw new Error("The commit is lost");
                return decision;
              })
              .then(resolve, reject);
          });
        },
      });
    },
  },
  {
    name: "decided_without_the_lock",
    what: "a decision is made on what was read in a transaction before, and written in the next",
    spoil(store) {
      return withMembers(store, {
        async transact<Outcome>(target: Target, decide: (aggregate: Aggregate) => { outcome: Outcome }) {
          const before = await store.transact(target, (aggregate) => ({ outcome: aggregate }));
          return store.transact(target, () => decide(before));
        },
      });
    },
  },
];
