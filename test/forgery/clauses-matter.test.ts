// R55: checks that are missing. Goal: no clause of the acceptance rule can be taken out unseen. Method: the domain is copied, one
// clause or one line of the rule is taken out of the copy, and a table with one payment for each clause must then fail.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { acceptPayment } from "../../src/domain/accept-payment.ts";
import { decideCompletion } from "../../src/domain/decide-completion.ts";
import type { Aggregate } from "../../src/domain/decision.ts";
import type { PaymentSnapshot } from "../../src/domain/payment.ts";
import type { Policy } from "../../src/domain/policy.ts";
import {
  accountOf,
  aggregateOf,
  DAY_MS,
  END_OF_PAY_BY_DAY,
  issuedOf,
  lookedAt,
  NOW,
  orderOf,
  PAY_BY,
  paymentOf,
  policyOf,
  seenAmount,
  snapshotOf,
} from "../support/domain.ts";

const DOMAIN = fileURLToPath(new URL("../../src/domain/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "dojang-mutants-"));
after(() => rmSync(folder, { recursive: true }));

interface Witness {
  readonly aggregate?: Aggregate;
  readonly seen: PaymentSnapshot;
  readonly policy?: Policy;
  readonly isOurId?: boolean;
  /** The rule's finding, then what is decided: outcome, reason, verdict written, clauses broken, discrepancies, tasks. */
  readonly expected: string;
}

const allowed = { payMethods: ["card"], channels: ["tosspayments:shop1"] };
const forMeans = aggregateOf({ order: orderOf({ allowed }) });
const applied = paymentOf({ verdict: "applied" });
const paidOrder = orderOf({ status: "paid", paidBy: "imp_1", paidAt: NOW });
const afterPaid = aggregateOf({ order: paidOrder, payments: [applied] });
const later = lookedAt(NOW + DAY_MS);

/** One payment for each clause, and for each turn that the decision takes; the first is honest. */
const WITNESSES: Readonly<Record<string, Witness>> = {
  honest: { seen: snapshotOf(), expected: "pays: success applied" },
  "test payment": {
    seen: snapshotOf({ sandbox: true }),
    expected: "forgery: forgery rejected sandbox +test_payment",
  },
  "no sandbox": {
    seen: snapshotOf({ sandbox: undefined }),
    expected: "forgery: forgery rejected sandbox +test_payment",
  },
  currency: {
    seen: snapshotOf({
      currency: "JPY",
      amount: seenAmount("1000", "JPY"),
      cancelled: seenAmount("0", "JPY"),
    }),
    expected: "forgery: forgery rejected currency +currency_mismatch",
  },
  less: {
    seen: snapshotOf({ amount: seenAmount("999") }),
    expected: "forgery: forgery rejected amount +amount_mismatch",
  },
  more: {
    seen: snapshotOf({ amount: seenAmount("1001") }),
    expected: "forgery: forgery rejected amount +amount_mismatch",
  },
  "pay method": {
    aggregate: forMeans,
    seen: snapshotOf({ payMethod: "phone" }),
    expected: "forgery: forgery rejected pay_method +channel_mismatch",
  },
  "order's channel": {
    aggregate: forMeans,
    seen: snapshotOf({ pgMerchantId: "shop2" }),
    expected: "forgery: forgery rejected channel +channel_mismatch",
  },
  "server's channel": {
    seen: snapshotOf(),
    policy: policyOf({ channels: new Set(["tosspayments:shop2"]) }),
    expected: "forgery: forgery rejected channel +channel_mismatch",
  },
  promotion: {
    seen: snapshotOf({ promotionId: "p_1" }),
    expected: "forgery: forgery rejected promotion +channel_mismatch",
  },
  customer: {
    seen: snapshotOf({ customerUid: "c_1" }),
    expected: "forgery: forgery rejected customer_uid +channel_mismatch",
  },
  "billing issue": {
    seen: snapshotOf({ customerUidUsage: "issue" }),
    expected: "forgery: forgery rejected customer_uid +channel_mismatch",
  },
  fault: { seen: snapshotOf({ faults: ["status"] }), expected: "unreadable: pending unreadable" },
  "unknown status": { seen: snapshotOf({ status: "unknown" }), expected: "unreadable: pending unreadable" },
  failed: { seen: snapshotOf({ status: "failed" }), expected: "failed: failed observed status" },
  cancelled: {
    seen: snapshotOf({ status: "cancelled" }),
    expected: "cancelled: closed cancelled rejected status cancelled",
  },
  "cancelled in part": {
    seen: snapshotOf({ cancelled: seenAmount("1") }),
    expected: "cancelled: closed cancelled rejected cancelled +cancelled_elsewhere",
  },
  "cancel history": {
    seen: snapshotOf({ cancelCount: 1 }),
    expected: "cancelled: closed cancelled rejected cancelled +cancelled_elsewhere",
  },
  window: {
    seen: snapshotOf({ status: "pending" }),
    expected: "window_only: pending window_only observed status",
  },
  account: { seen: issuedOf(), expected: "account: account_issued held" },
  "account due too late": {
    seen: issuedOf({ account: accountOf({ dueAt: END_OF_PAY_BY_DAY + 1 }) }),
    expected: "account_due_too_late: closed account_due_too_late rejected due_date >close_account",
  },
  "second payment": {
    aggregate: afterPaid,
    seen: snapshotOf({ paymentId: "imp_2" }),
    expected: "paid_by_another: closed paid_by_another surplus one_payment order_open +surplus",
  },
  "closed order": {
    aggregate: aggregateOf({ order: orderOf({ status: "expired" }) }),
    seen: snapshotOf(),
    expected: "order_closed: closed order_closed rejected order_open +paid_after_closing",
  },
  "paid late": {
    seen: snapshotOf({ paidAt: PAY_BY + 1000 }),
    expected: "paid_late: closed paid_late rejected paid_in_time +paid_after_closing",
  },
  "another order's payment": { seen: snapshotOf({ orderId: "dj_order_2" }), expected: "pays: throws" },
  "payment seen under another order": {
    aggregate: aggregateOf({
      clash: { kind: "payment_of_another_order", paymentId: "imp_1", orderId: "dj_order_2" },
    }),
    seen: snapshotOf(),
    expected: "pays: closed belongs_to_another_order +orphan",
  },
  "no order": {
    aggregate: aggregateOf({ order: undefined }),
    seen: snapshotOf(),
    expected: "pays: not_found observed +orphan",
  },
  "foreign payment": {
    aggregate: aggregateOf({ order: undefined }),
    seen: snapshotOf(),
    isOurId: false,
    expected: "pays: not_found",
  },
  "applied, then another amount": {
    aggregate: afterPaid,
    seen: snapshotOf({ ...later, amount: seenAmount("10") }),
    expected: "forgery: success +amount_mismatch",
  },
  "applied, then lesser": {
    aggregate: afterPaid,
    seen: snapshotOf({ ...later, status: "pending", paidAt: undefined }),
    expected: "order_closed: success applied >verify",
  },
  "old paid after a cancel": {
    aggregate: aggregateOf({ payments: [paymentOf({ status: "cancelled", verdict: "rejected" })] }),
    seen: snapshotOf(lookedAt(NOW - DAY_MS)),
    expected: "pays: closed cancelled",
  },
  "old window after its account": {
    aggregate: aggregateOf({
      order: orderOf({ status: "awaiting_deposit" }),
      payments: [paymentOf({ ...issuedOf(), verdict: "held" })],
    }),
    seen: issuedOf({ ...lookedAt(NOW - DAY_MS), account: undefined }),
    expected: "window_only: account_issued",
  },
  "no order, told again": {
    aggregate: aggregateOf({ order: undefined, payments: [paymentOf()], causes: ["orphan:imp_1"] }),
    seen: snapshotOf(),
    expected: "pays: not_found",
  },
  "applied again": { aggregate: afterPaid, seen: snapshotOf(), expected: "order_closed: success" },
};

interface Domain {
  readonly acceptPayment: typeof acceptPayment;
  readonly decideCompletion: typeof decideCompletion;
}

/** What this version of the rule makes of one payment. */
function judge({ acceptPayment, decideCompletion }: Domain, witness: Witness): string {
  const { aggregate = aggregateOf(), seen, policy = policyOf(), isOurId = true } = witness;
  const { finding } = acceptPayment(aggregate.order ?? orderOf(), seen, policy);
  try {
    const decision = decideCompletion({ aggregate, seen, policy, isOurId, foundBy: "look" });
    const { outcome, payments: [payment] = [], discrepancies = [], tasks = [] } = decision;
    const broken = (payment?.clauses ?? []).filter(({ holds }) => !holds).map(({ name }) => name);
    const reason = "reason" in outcome ? [outcome.reason] : [];
    const verdict = payment === undefined ? [] : [payment.verdict];
    const rows = [...discrepancies.map(({ kind }) => `+${kind}`), ...tasks.map(({ kind }) => `>${kind}`)];
    return [`${finding}:`, outcome.kind, ...reason, ...verdict, ...broken, ...rows].join(" ");
  } catch {
    return `${finding}: throws`;
  }
}

function failures(version: Domain): string[] {
  return Object.entries(WITNESSES)
    .filter(([, witness]) => judge(version, witness) !== witness.expected)
    .map(([what, witness]) => `${what}: ${judge(version, witness)}`);
}

interface Mutant {
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The lines of one function that decide: each is one `if`, on one line or with its throw on the next. */
function conditionsOf(file: string, signature: string): Mutant[] {
  const text = readFileSync(join(DOMAIN, file), "utf8");
  const start = text.indexOf(signature);
  assert.ok(start >= 0, `${signature} is in ${file}`);
  const body = text.slice(start, text.indexOf("\n}\n", start));
  return [...body.matchAll(/^ {2}if \(.*(?:return .*|\n {4}(?:throw|return) .*);$/gm)].map(([from]) => ({
    what: `${signature.replace(/^export /, "")}...) without ${from.trim().replace(/\s+/g, " ")}`,
    file,
    from,
    to: "",
  }));
}

const CLAUSE = "return { id, name, expected, seen, holds };";
const clauses = [
  ...["sandbox", "currency", "amount", "answer", "pay_method", "channel", "promotion", "customer_uid"],
  ...["status", "cancelled", "one_payment", "order_open", "paid_in_time", "due_date"],
].map((name): Mutant => {
  const to = `return { id, name, expected, seen, holds: holds || name === "${name}" };`;
  return { what: `a clause ${name} that always holds`, file: "accept-payment.ts", from: CLAUSE, to };
});
const MUTANTS: readonly Mutant[] = [
  ...clauses,
  ...conditionsOf("accept-payment.ts", "function find("),
  ...conditionsOf("decide-completion.ts", "export function decideCompletion("),
  ...conditionsOf("decide-completion.ts", "function decideWhole("),
  ...conditionsOf("decide-completion.ts", "function orphan("),
  ...conditionsOf("merge-snapshot.ts", "export function mergeSnapshot("),
];

async function importMutant({ file, from, to }: Mutant, index: number): Promise<Domain> {
  const copy = join(folder, String(index));
  cpSync(DOMAIN, copy, { recursive: true, filter: (path) => !path.endsWith(".test.ts") });
  const text = readFileSync(join(copy, file), "utf8");
  assert.equal(text.split(from).length, 2, `${from} stands once in ${file}`);
  writeFileSync(
    join(copy, file),
    text.replace(from, () => to),
  );
  const load = (name: string) => import(pathToFileURL(join(copy, name)).href);
  return { ...(await load("accept-payment.ts")), ...(await load("decide-completion.ts")) };
}

describe("the acceptance rule", () => {
  test("R55-b judges every witness as it should", () => {
    assert.deepEqual(failures({ acceptPayment, decideCompletion }), []);
    assert.ok(MUTANTS.length > 30, `only ${MUTANTS.length} mutants were made`);
  });

  MUTANTS.forEach((mutant, index) => {
    test(`R55-b${index} is caught with ${mutant.what}`, async () => {
      assert.notDeepEqual(failures(await importMutant(mutant, index)), [], "no witness noticed");
    });
  });
});
