import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Model } from "./model.ts";
import { merchantKey, type Prepared } from "./model-state.ts";
import type { PaymentRecord } from "./payment-record.ts";

/** Payments and pre-registrations; tokens, switches and levers start afresh. */
interface Saved {
  readonly version: 1;
  readonly sequence: number;
  readonly aheadMs: number;
  readonly payments: readonly PaymentRecord[];
  readonly prepared: ReadonlyArray<readonly [string, Prepared]>;
}

const LOOK_EVERY_MS = 100;

/**
 * Keeps a model's books in a file, so that a sandbox that was killed knows its payments again. Written whole, into a
 * neighbour first, at most 100 ms after a change: a convenience for people, not a durable store.
 */
export class StateFile {
  readonly #path: string;
  readonly #model: Model;
  readonly #timer: NodeJS.Timeout;
  #written = "";

  /** @throws Error when there is a file that is no saved state */
  constructor(path: string, model: Model) {
    this.#path = path;
    this.#model = model;
    if (existsSync(path)) restore(model, read(path));
    this.#written = this.#mark();
    this.#timer = setInterval(() => this.save(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Writes the books when they have changed since the last time. */
  save(): void {
    const mark = this.#mark();
    if (mark === this.#written) return;
    const { state, clock } = this.#model;
    const saved: Saved = {
      version: 1,
      sequence: state.sequence,
      aheadMs: clock.aheadMs,
      payments: [...state.payments.values()],
      prepared: [...state.prepared],
    };
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(`${this.#path}.new`, JSON.stringify(saved), { mode: 0o600 });
    renameSync(`${this.#path}.new`, this.#path);
    this.#written = mark;
  }

  close(): void {
    clearInterval(this.#timer);
    this.save();
  }

  /** What changes whenever the books do. */
  #mark(): string {
    const { state, clock } = this.#model;
    return `${state.sequence}/${state.payments.size}/${state.preparedChanges}/${clock.aheadMs}`;
  }
}

function read(path: string): Saved {
  try {
    const saved = JSON.parse(readFileSync(path, "utf8")) as Saved;
    if (saved.version === 1 && Array.isArray(saved.payments)) return saved;
  } catch {
    // told below, with what to do about it
  }
  throw new Error(`Cannot read the emulator's state: ${path} is none, delete it to start afresh`);
}

function restore(model: Model, saved: Saved): void {
  const { state, clock } = model;
  clock.advance(saved.aheadMs);
  state.sequence = saved.sequence;
  for (const [key, prepared] of saved.prepared) state.prepared.set(key, prepared);
  for (const payment of saved.payments.toSorted((a, b) => a.meta.createdSequence - b.meta.createdSequence)) {
    state.payments.set(payment.imp_uid, payment);
    const key = merchantKey(payment.meta, payment.merchant_uid);
    state.byMerchantUid.set(key, [...(state.byMerchantUid.get(key) ?? []), payment]);
  }
}
