import { amountText } from "../../../src/domain/money.ts";
import { amountMinor, leftMinor } from "../../support/bank.ts";
import type { Draw } from "../../support/draw.ts";
import { SECOND_MS } from "../virtual-time.ts";
import type { World } from "../world.ts";
import { announce, hint } from "./buyer.ts";
import { someTenths } from "./refunds.ts";

/** Payments move at the gateway: by the PG, the bank, the shop's own console there. */
export function upstream(world: World): void {
  const { draw } = world;
  if (!world.has("X19") || world.bank.payments().length === 0) return;
  world.hit("X19");
  draw.weighted([
    [6, cancelElsewhere],
    [3, refuseCancels],
    [4, carryOut],
    [1, reverse],
    [2, approveLate],
    [2, fail],
    [2, expire],
  ] as const)(world);
}

function cancelElsewhere(world: World): void {
  const { bank, draw } = world;
  const left = bank.payments().filter((payment) => payment.paid_at > 0 && leftMinor(payment) > 0);
  if (left.length > 0) cancelOne(world, draw.pick(left).imp_uid, draw);
}

function cancelOne(world: World, paymentId: string, draw: Draw): void {
  const { bank } = world;
  const payment = bank.payment(paymentId);
  const left = leftMinor(payment);
  if (payment.paid_at === 0 || left <= 0) return;
  const some = Math.min(left, someTenths({ draw }, { amountMinor: amountMinor(payment) }));
  const whole = Math.max(1, Math.floor(some));
  const amount = amountText({ amountMinor: whole, currency: payment.currency === "USD" ? "USD" : "KRW" });
  world.story.tell(`${paymentId} is cancelled elsewhere by ${amount}`);
  if (draw.chance(0.5)) {
    bank.model.silentCancel(paymentId, amount);
    return;
  }
  bank.model.cancelFromConsole(paymentId, amount);
  const orderId = payment.merchant_uid;
  world.someTime(draw.int(1, 20 * SECOND_MS), () => hint(world, { paymentId, orderId }));
}

/** Somebody cancels between the look and the arrival of what was sent after it; or the PG carries this one out later. */
export function raceCancel(world: World, { paymentId, draw }: { paymentId: string; draw: Draw }): void {
  if (!world.has("X19") || world.bank.model.payment(paymentId) === undefined) return;
  if (draw.chance(0.05)) cancelOne(world, paymentId, draw);
  if (!draw.chance(0.02)) return;
  if (world.bank.payment(paymentId).pg_provider !== "paypal_v2") world.bank.odd.add(paymentId);
  world.bank.model.deferCancels(paymentId);
}

function refuseCancels(world: World): void {
  const { bank, draw } = world;
  const { imp_uid, meta } = draw.pick(bank.payments());
  const reason = meta.cancelRefusal === null ? "한도초과" : null;
  bank.model.refuseCancels(imp_uid, reason);
  world.story.tell(`the PG ${reason === null ? "allows" : "refuses"} cancellations of ${imp_uid}`);
}

/** What the PG took is carried out, and it goes on taking what comes. */
function carryOut(world: World): void {
  for (const { imp_uid, meta, pg_provider } of world.bank.payments()) {
    if (meta.pendingCancels === undefined || world.draw.chance(0.4)) continue;
    world.bank.model.finishCancels(imp_uid);
    if (pg_provider === "paypal_v2") world.bank.model.deferCancels(imp_uid);
    world.story.tell(`the PG carries out what it took of ${imp_uid}`);
  }
}

/** The bank takes a deposit back. */
function reverse(world: World): void {
  const { bank, draw } = world;
  const deposits = bank.payments().filter((one) => one.vbank_num !== null && one.status === "paid");
  if (deposits.length === 0) return;
  const { imp_uid } = draw.pick(deposits);
  bank.model.reverseDeposit(imp_uid);
  world.story.tell(`the deposit of ${imp_uid} is taken back`);
}

/** What failed, or was only begun, is approved after all. */
function approveLate(world: World): void {
  const { bank, draw } = world;
  const some = bank.payments().filter(({ paid_at, vbank_num }) => paid_at === 0 && vbank_num === null);
  if (some.length === 0) return;
  const { imp_uid } = draw.pick(some);
  bank.model.lateApprove(imp_uid);
  world.story.tell(`${imp_uid} is approved late`);
  announce(world, imp_uid);
}

function fail(world: World): void {
  const { bank, draw } = world;
  const windows = bank.payments().filter(({ status }) => status === "ready");
  if (windows.length === 0) return;
  const { imp_uid } = draw.pick(windows);
  bank.model.fail(imp_uid);
  world.story.tell(`${imp_uid} fails`);
}

function expire(world: World): void {
  const { bank, draw } = world;
  const accounts = bank.payments().filter((one) => one.vbank_num !== null && one.status === "ready");
  if (accounts.length === 0) return;
  const { imp_uid } = draw.pick(accounts);
  bank.model.expire(imp_uid);
  world.story.tell(`the account of ${imp_uid} expires`);
}
