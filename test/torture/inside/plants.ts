import { registerHooks } from "node:module";

/** A bug that is planted into one source file while it is loaded: the same text must stand there. */
interface Plant {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Each is one slip that a change of the product could make. */
export const PLANTS: Readonly<Record<string, Plant>> = {
  /** SQLite: callers are answered, and some milliseconds later COMMIT runs. */
  "answers-before-commit": {
    file: "src/storage/sqlite/group-commit.ts",
    from: "  #finish(members: readonly Member[]): void {",
    to: `  #finish(members: readonly Member[]): void {
    this.#isHeld = true;
    answerAll(members);
    setTimeout(() => { this.#isHeld = false; this.#late(members); this.#goOn(); }, 20);
  }
  #late(members: readonly Member[]): void {`,
  },
  /** A webhook is answered while it is still being stored. */
  "webhook-not-awaited": {
    file: "src/usecases/receive-webhook.ts",
    from: "    await deps.store.recordHint(hint, tasks);",
    to: "    setTimeout(() => void deps.store.recordHint(hint, tasks), 20);",
  },
  /** What the shop did not take counts as told. */
  "delivery-not-acknowledged": {
    file: "src/usecases/deliver-event.ts",
    from: `return sent.kind === "taken" ? { kind: "delivered" } : sent;`,
    to: `return { kind: "delivered" };`,
  },
  /** A refund's id hangs on the process: asked for again after a restart, the same wish is another refund. */
  "refund-twice-after-restart": {
    file: "src/usecases/refund-ids.ts",
    from: `id(["request", orderId, apiKeyId, key])`,
    to: `id(["request", orderId, apiKeyId, key, String(process.pid)])`,
  },
  /** SQLite: what a killed process had claimed stays claimed for its minute. */
  "claims-not-released": {
    file: "src/storage/sqlite/open-sqlite-store.ts",
    from: "  rows.tasks.releaseAll();",
    to: "",
  },
  /** PostgreSQL: a COMMIT whose answer was lost counts as made. */
  "doubt-is-success": {
    file: "src/storage/postgres/in-transaction.ts",
    from: "    doubt = tried.value;",
    to: "    return tried.value();",
  },
  /** PostgreSQL: whoever once held a task may end it, whoever holds it now. */
  "lease-not-checked": {
    file: "src/storage/postgres/task-statements.ts",
    from: "lease_token = $2",
    to: "$2::text IS NOT NULL",
  },
  /** SQLite: nothing is synced. No kill shows it: what the system was given outlives the process. Only a loss of power would. */
  "nothing-synced": {
    file: "src/storage/sqlite/wal-sync.ts",
    from: "later: () => sync(handle),",
    to: "later: async () => {},",
  },
};

/** @throws when the text is not in the file any more: the plant must follow the code */
export function plantBug(name: string): void {
  const plant = PLANTS[name];
  if (plant === undefined)
    throw new Error(`Cannot plant ${name}: expected ${Object.keys(PLANTS).join(", ")}`);
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (!url.endsWith(plant.file) || loaded.source == null) return loaded;
      const source = Buffer.from(loaded.source as Uint8Array).toString();
      if (!source.includes(plant.from)) throw new Error(`Cannot plant ${name}: ${plant.file} has changed`);
      return { ...loaded, source: source.replaceAll(plant.from, plant.to) };
    },
  });
}
