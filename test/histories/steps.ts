import { amountText, type Money } from "../../src/domain/money.ts";
import { completePayment } from "../../src/usecases/complete-payment.ts";
import { registerOrder } from "../../src/usecases/register-order.ts";
import { requestRefund } from "../../src/usecases/request-refund.ts";
import { ACCOUNT, amountMinor, leftMinor } from "./bank.ts";
import type { Asked, History, Ordered } from "./history.ts";
import { operatorLooks } from "./operator.ts";
import { SECOND_MS } from "./virtual-time.ts";

const CURRENCY = { card: "KRW", vbank: "KRW", paypal: "USD" } as const;
const PARTS = 10;

/** One thing that somebody does. What cannot be done now is passed over. */
export type Step = (history: History) => void;

export function order(history: History): void {
  const { draw, ordered } = history;
  const kind = draw.weighted([
    [6, "card"],
    [2, "vbank"],
    [2, "paypal"],
  ] as const);
  const money: Money = { amountMinor: draw.int(1, 90) * 100 * PARTS, currency: CURRENCY[kind] };
  const key = `order-${ordered.length}-${history.counts.steps}`;
  const registration = { name: "감귤", amount: money, idempotency: { apiKeyId: "default", key } };
  history.ask(
    `${kind} order of ${amountText(money)} ${money.currency}`,
    ({ deps }) => registerOrder(deps, registration),
    (outcome) => {
      if (outcome.kind === "exists_with_different") throw new Error(`Cannot order: ${outcome.field}`);
      const { orderId } = outcome.order;
      ordered.push({ orderId, amountMinor: money.amountMinor, kind });
      history.story.tell(`${orderId} is registered`);
      pay(history, { orderId, amountMinor: money.amountMinor, kind });
    },
  );
}

function pay(history: History, { orderId, amountMinor: minor, kind }: Ordered): void {
  const { bank, draw } = history;
  const money: Money = { amountMinor: minor, currency: CURRENCY[kind] };
  const { imp_uid } = bank.model.createPayment({
    merchant_uid: orderId,
    amount: amountText(money),
    currency: money.currency,
    sandbox: true,
    ...(kind === "paypal" ? { channelKey: "channel-key-test-paypal_v2", pay_method: "paypal" } : {}),
    ...(kind === "vbank" ? { status: "ready", pay_method: "vbank" } : {}),
  });
  if (kind === "paypal" && draw.chance(0.8)) bank.model.deferCancels(imp_uid);
  history.story.tell(`${imp_uid} pays ${orderId} with ${amountText(money)}`);
  announce(history, imp_uid);
  if (kind !== "vbank") return;
  history.time.onTheWire(draw.int(1, 30) * SECOND_MS, () => {
    bank.model.deposit(imp_uid);
    history.story.tell(`${imp_uid} gets its deposit`);
    announce(history, imp_uid);
  });
}

/** The buyer's browser and the webhook tell of a payment, or either, or none. */
function announce(history: History, paymentId: string): void {
  const { bank, draw } = history;
  const orderId = bank.payment(paymentId).merchant_uid;
  if (draw.chance(0.6))
    history.time.onTheWire(draw.int(1, 3 * SECOND_MS), () =>
      history.ask(
        `a browser completes ${paymentId}`,
        ({ deps }) => completePayment(deps, { paymentId, orderId }),
        () => {},
      ),
    );
  webhooks(history, paymentId);
}

/** None, one or more, each in its own time. */
function webhooks(history: History, paymentId: string): void {
  const { bank, draw } = history;
  const orderId = bank.payment(paymentId).merchant_uid;
  const copies = draw.weighted([
    [3, 0],
    [5, 1],
    [2, 2],
  ] as const);
  for (let copy = 0; copy < copies; copy++)
    history.time.onTheWire(draw.int(1, 20 * SECOND_MS), () =>
      history.ask(
        `a webhook names ${paymentId}`,
        ({ receiveWebhook }) =>
          receiveWebhook({
            paymentId,
            orderId,
            contentType: "application/json",
            body: Buffer.from("{}"),
            sourceAddress: "127.0.0.1",
          }),
        () => {},
      ),
    );
}

function payAgain(history: History): void {
  if (history.ordered.length > 0) pay(history, history.draw.pick(history.ordered));
}

/** Amounts are tenths of the order: sums of others meet them, and the whole is met exactly. */
function someTenths(history: History, { amountMinor: whole }: Pick<Ordered, "amountMinor">): number {
  const tenths = history.draw.weighted([
    [4, 1],
    [4, 2],
    [2, 3],
    [2, 5],
    [1, 10],
    [1, 11],
  ] as const);
  return (whole / PARTS) * tenths;
}

function askRefunds(history: History): void {
  const { draw, ordered, asked } = history;
  if (ordered.length === 0) return;
  const paid = new Set(
    history.books.orders().flatMap((one) => (one.paid_by === null ? [] : one.merchant_uid)),
  );
  const some = ordered.filter(({ orderId }) => paid.has(orderId));
  const of = draw.pick(some.length === 0 || draw.chance(0.1) ? ordered : some);
  const count = draw.weighted([
    [6, 1],
    [2, 2],
    [1, 4],
  ] as const);
  for (let n = 0; n < count; n++) {
    const amount = draw.chance(0.15) ? "all" : someTenths(history, of);
    const wish: Asked = { key: `refund-${asked.length}`, orderId: of.orderId, amount, isAnswered: false };
    asked.push(wish);
    const clicks = draw.chance(0.25) ? draw.int(2, 4) : 1;
    for (let click = 0; click < clicks; click++) askRefund(history, wish);
  }
}

export function askRefund(history: History, wish: Asked): void {
  const { key, orderId, amount } = wish;
  const of = history.ordered.find((one) => one.orderId === orderId);
  const currency = CURRENCY[of?.kind ?? "card"];
  const wanted = {
    orderId,
    idempotency: { apiKeyId: "default", key },
    amount: amount === "all" ? amount : { amountMinor: amount, currency },
    reason: "sent back",
    retainsPromotion: false,
    ...(of?.kind === "vbank" ? { account: ACCOUNT } : {}),
  };
  history.ask(
    `refund ${amount} of ${orderId} under ${key}`,
    ({ deps }) => requestRefund(deps, wanted),
    (outcome) => {
      const { kind } = outcome;
      const id = "refund" in outcome ? outcome.refund.refundId : "";
      history.story.tell(`${key}: ${kind} ${id}`);
      wish.isAnswered = true;
      if (outcome.kind === "exists_with_different_request") throw new Error(`${key} is one request`);
      if (outcome.kind !== "accepted" && outcome.kind !== "exists") return;
      history.promises.onAccepted(key, { refundId: id, amountMinor: outcome.refund.amount.amountMinor });
    },
  );
}

function clickAgain(history: History): void {
  const { asked, draw } = history;
  if (asked.length > 0) askRefund(history, draw.pick(asked));
}

/** A refund of the console, the PG or the bank: with a webhook, or in silence. */
function cancelElsewhere(history: History): void {
  const { bank, draw } = history;
  const left = bank.payments().filter((payment) => payment.paid_at > 0 && leftMinor(payment) > 0);
  if (left.length > 0) cancelOne(history, draw.pick(left).imp_uid);
}

function cancelOne(history: History, paymentId: string): void {
  const { bank, draw } = history;
  const payment = bank.payment(paymentId);
  const left = leftMinor(payment);
  if (payment.paid_at === 0 || left <= 0) return;
  const some = Math.min(left, someTenths(history, { amountMinor: amountMinor(payment) }));
  const amount = amountText({ amountMinor: some, currency: payment.currency === "USD" ? "USD" : "KRW" });
  history.story.tell(`${paymentId} is cancelled elsewhere by ${amount}`);
  if (draw.chance(0.5)) {
    bank.model.silentCancel(paymentId, amount);
    return;
  }
  bank.model.cancelFromConsole(paymentId, amount);
  webhooks(history, paymentId);
}

/** Somebody cancels between the look and the arrival of what was sent after it. */
export function raceCancel(history: History): (paymentId: string) => void {
  return (paymentId) => {
    if (!history.isOver && history.draw.chance(0.05)) cancelOne(history, paymentId);
  };
}

function refuseCancels(history: History): void {
  const { bank, draw } = history;
  const payments = bank.payments();
  if (payments.length === 0) return;
  const { imp_uid, meta } = draw.pick(payments);
  const reason = meta.cancelRefusal === null ? "한도초과" : null;
  bank.model.refuseCancels(imp_uid, reason);
  history.story.tell(`the PG ${reason === null ? "allows" : "refuses"} cancellations of ${imp_uid}`);
}

/** What the PG took is carried out, and it goes on taking what comes. */
function carryOut(history: History): void {
  for (const { imp_uid, meta, pg_provider } of history.bank.payments()) {
    if (meta.pendingCancels === undefined || history.draw.chance(0.4)) continue;
    history.bank.model.finishCancels(imp_uid);
    if (pg_provider === "paypal_v2") history.bank.model.deferCancels(imp_uid);
    history.story.tell(`the PG carries out what it took of ${imp_uid}`);
  }
}

function weatherChanges(history: History): void {
  history.weather = history.draw.weighted([
    [3, "fair"],
    [6, "foul"],
    [1, "down"],
  ] as const);
  history.story.tell(`the weather is ${history.weather}`);
}

function kill(history: History): void {
  history.life?.die("by hand");
}

function loseTokens(history: History): void {
  history.bank.rest.tokens.revokeAll();
}

export const STEPS: readonly (readonly [number, Step])[] = [
  [10, order],
  [4, payAgain],
  [26, askRefunds],
  [8, clickAgain],
  [7, cancelElsewhere],
  [4, refuseCancels],
  [5, carryOut],
  [6, weatherChanges],
  [5, kill],
  [2, loseTokens],
  [8, operatorLooks],
];
