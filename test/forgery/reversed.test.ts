// R28: money that goes back after it was verified. Goal: whoever looks next finds it, the order says so for good, and nobody is
// told to ship what was taken back. Method: time stands still; a paid payment moves at the gateway without a word, and one
// thing alone looks: a webhook, the buyer's page, the shop before it ships, the daily look, a sweep.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Emulator } from "../../src/emulator/emulator.ts";
import type { PaymentRecord } from "../../src/emulator/payment-record.ts";
import { runSweep } from "../../src/usecases/run-sweep.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, PRICE, type Scene } from "../support/forgery.ts";
import type { ExpectedRows } from "../support/forgery-rows.ts";
import { DAY_MS, hideFromLooks, kindsOfLines, listLine, pass, SECOND_MS } from "../support/forgery-time.ts";

const clock = new ManualClock();
const world = await openWorld({ clock, env: { DOJANG_PAY_WITHIN: "720h" } });
after(() => world.close());

const ACCOUNT = { pay_method: "vbank", status: "ready" } as const;

interface Move {
  readonly id: string;
  readonly what: string;
  /** Paid into an account; by card, else. */
  readonly isDeposit?: boolean;
  readonly move: (emulator: Emulator, impUid: string) => void;
  readonly status: string;
  readonly refunded: number;
  readonly discrepancies: readonly string[];
}

const ALL_BACK = { status: "refunded", refunded: PRICE, discrepancies: ["cancelled_elsewhere"] };
const PART_BACK = { status: "partially_refunded", refunded: 20_000, discrepancies: ["cancelled_elsewhere"] };

const MOVES: readonly Move[] = [
  {
    id: "R28-d",
    what: "a cancel by API, which tells nobody",
    move: (at, id) => void at.silentCancel(id),
    ...ALL_BACK,
  },
  {
    id: "R28-e",
    what: "a cancel in the console whose webhook is lost",
    move: (at, id) => void at.cancelFromConsole(id),
    ...ALL_BACK,
  },
  {
    id: "R28-f",
    what: "a cancel of a part",
    move: (at, id) => void at.silentCancel(id, 20_000),
    ...PART_BACK,
  },
  {
    id: "R28-g",
    what: "a cancel of a part that leaves the payment among the paid ones",
    move(at, id) {
      at.model.switches.partialCancelStatus = "paid";
      at.silentCancel(id, 20_000);
      at.model.switches.partialCancelStatus = "cancelled";
    },
    ...PART_BACK,
  },
  {
    id: "R28-h",
    what: "two cancels that together are all of it",
    move(at, id) {
      at.silentCancel(id, 20_000);
      at.silentCancel(id, 30_000);
    },
    ...ALL_BACK,
  },
  {
    id: "R28-i",
    what: "a deposit that the bank takes back as a cancel",
    isDeposit: true,
    move(at, id) {
      at.model.switches.reversedDeposit = "cancelled";
      at.reverseDeposit(id);
      at.model.switches.reversedDeposit = "ready";
    },
    ...ALL_BACK,
  },
  {
    id: "R28-j",
    what: "a chargeback that comes without a history",
    move: (at, id) =>
      void at.edit(id, { status: "cancelled", cancel_amount: String(PRICE), cancelled_at: seconds() }),
    ...ALL_BACK,
  },
  {
    id: "R28-k",
    what: "a cancel that names no amount",
    move: (at, id) => void at.edit(id, { status: "cancelled", cancelled_at: seconds() }),
    status: "paid",
    refunded: 0,
    discrepancies: ["cancelled_elsewhere"],
  },
];

function seconds(): number {
  return Math.floor(clock.now() / SECOND_MS);
}

interface Paid {
  readonly scene: Scene;
  readonly order: string;
  readonly payment: PaymentRecord;
}

/** An order that was paid and verified, and a gateway that tells of nothing more. */
async function begin({ isDeposit = false }: { isDeposit?: boolean } = {}): Promise<Paid> {
  const scene = await world.scene();
  scene.emulator.webhooks.auto = false;
  const order = await scene.order();
  if (!isDeposit) return { scene, order, payment: await scene.expectHonestPaymentPays(order) };
  const payment = scene.pay(order, { ...ACCOUNT, vbank_date: seconds() + 3600 });
  await scene.expectAnswer("vbankIssued", { payment, order });
  scene.emulator.deposit(payment.imp_uid);
  await scene.expectAnswer("success", { payment, order });
  return { scene, order, payment };
}

interface Finder {
  readonly who: string;
  readonly look: (paid: Paid, move: Move) => Promise<void>;
  /** The kinds of request lines beside the look at the payment. */
  readonly lines?: (order: string) => readonly string[];
}

const FINDERS: readonly Finder[] = [
  { who: "a webhook", look: ({ scene, payment }) => scene.webhook(payment) },
  {
    who: "the buyer's page",
    look: async ({ scene, order, payment }) => void (await scene.expectAnswer("success", { payment, order })),
  },
  {
    who: "the shop before it ships",
    async look({ scene, order }, { status, refunded }) {
      const answer = await scene.dojang.request("POST", `/v1/orders/${order}/verify`);
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual([answer.body.status, answer.body.refunded_amount], [status, refunded]);
    },
    lines: (order) => [listLine(order)],
  },
  {
    who: "the daily look",
    look: ({ scene }) => pass(scene, DAY_MS),
    lines: (order) => [listLine(order)],
  },
  {
    who: "a sweep",
    async look({ scene }) {
      hideFromLooks(scene);
      await pass(scene, 40 * SECOND_MS);
      assert.equal((await runSweep(world.dojang.dojang.deps, "day")).kind, "swept");
      await scene.quiet();
    },
  },
];

function rowsOf({ status, refunded, discrepancies, isDeposit }: Move, payment: PaymentRecord): ExpectedRows {
  const isKept = status === "paid";
  return {
    status,
    paidBy: payment.imp_uid,
    payments: { [payment.imp_uid]: refunded === PRICE ? "reversed" : "applied" },
    discrepancies,
    events: [
      "order.registered",
      ...(isDeposit ? ["order.awaiting_deposit"] : []),
      "order.paid",
      ...(isKept ? [] : [`order.${status}`]),
      "discrepancy.opened",
    ],
  };
}

describe("a paid payment that goes back", () => {
  for (const move of MOVES) {
    for (const { who, look, lines = () => [] } of FINDERS) {
      test(`${move.id} ${move.what} is found by ${who}, once`, async () => {
        const paid = await begin(move);
        const { scene, order, payment } = paid;
        scene.emulator.requests.clear();
        move.move(scene.emulator, payment.imp_uid);
        await look(paid, move);
        const { order: row } = await scene.expectStored(order, rowsOf(move, payment));
        assert.equal(row.refunded_amount, move.refunded);
        const status = /^GET \/payments\/status/;
        assert.deepEqual(
          kindsOfLines(scene).filter(
            (line) => !status.test(line) && (who !== "a sweep" || !line.includes("findAll")),
          ),
          [...lines(order), scene.lookLine(payment)].toSorted(),
        );
        // Once, whoever looks again; and the buyer's answer stays.
        await scene.webhook(payment);
        await scene.expectAnswer("success", { payment, order });
        await scene.expectStored(order, rowsOf(move, payment));
        await scene.expectBystandersUnchanged();
      });
    }
  }
});
