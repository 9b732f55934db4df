import { BrokenPromise } from "../story.ts";
import type { World } from "../world.ts";
import { Answers } from "./answers.ts";
import { Effects } from "./effects.ts";
import { Ledger } from "./ledger.ts";
import { RefundPromises } from "./refunds.ts";
import { Rows } from "./rows.ts";
import { WireRules } from "./wire.ts";

/** What must hold, by the numbers of the catalogue of invariants. */
export type InvariantId = `I${number}`;

/** Says that something holds. @throws {BrokenPromise} when it does not */
export type Must = (id: InvariantId, holds: boolean, otherwise: () => string) => void;

/** Holds the committed rows, the answers and the effects against the true ledger: after each step, and once nothing moves any more. */
export class Invariants {
  readonly counts = new Map<InvariantId, number>();
  readonly answers: Answers;
  readonly effects: Effects;
  readonly refunds: RefundPromises;
  readonly rows: Rows;
  readonly wire: WireRules;
  readonly #ledger: Ledger;
  readonly #world: World;
  #seen: string | undefined;

  constructor(world: World) {
    this.#world = world;
    const must: Must = (id, holds, otherwise) => {
      this.counts.set(id, (this.counts.get(id) ?? 0) + 1);
      if (!holds) throw new BrokenPromise(`${id}: ${otherwise()}`);
    };
    const parts = { world, must };
    this.answers = new Answers(parts);
    this.effects = new Effects(parts);
    const witness = {
      bank: world.bank,
      get books() {
        return world.books;
      },
      /** Times of rows are the machine's. */
      toleranceMs: world.plan.faults.has("X13") ? Number.POSITIVE_INFINITY : 0,
    };
    this.refunds = new RefundPromises(witness, must);
    this.rows = new Rows(parts);
    this.wire = new WireRules(parts);
    this.#ledger = new Ledger(parts);
  }

  /** The gateway has shown a payment to one life of the server. */
  onLook(paymentId: string, life: object): void {
    this.refunds.onLook(paymentId, life);
    this.effects.onLook(paymentId);
  }

  /** Rows that had been seen are gone with what was not synced, or with an older copy. */
  onOtherFile({ isOlder }: { readonly isOlder: boolean }): void {
    this.rows.forget();
    this.refunds.forgetRows();
    if (isOlder) this.answers.forget();
  }

  afterStep(): void {
    const { books, path } = this.#world;
    // Nothing was committed since: all that rests on rows alone was looked at.
    const seen = `${path} ${books.version()}`;
    this.#ledger.afterStep();
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.rows.afterStep();
    this.answers.afterStep();
    this.refunds.afterStep();
  }

  atTheEnd(): void {
    this.rows.afterStep();
    this.answers.afterStep();
    this.refunds.atTheEnd();
    this.#ledger.atTheEnd();
    this.effects.atTheEnd();
  }
}

export interface Parts {
  readonly world: World;
  readonly must: Must;
}
