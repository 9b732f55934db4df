import { startEmulator } from "../../../src/emulator/emulator.ts";
import { paymentJson } from "../../../src/emulator/payment-json.ts";
import type { PaymentRecord } from "../../../src/emulator/payment-record.ts";
import { ManualClock } from "../../gateway/manual-clock.ts";
import { startTestDojang, type TestDojang } from "../../support/dojang.ts";
import { ANSWER_KINDS, type AnswerKind, STAGES } from "./answer-kinds.ts";
import { expectedAnswer, UNCHANGED } from "./expected-answer.ts";
import { type Mutation, mutateField } from "./mutate-field.ts";

export interface MutationFigures {
  readonly cases: number;
  /** How many were answered so, by word. */
  readonly answers: Readonly<Record<string, number>>;
  /** One line for each answer that the table does not say. */
  readonly faults: readonly string[];
}

/** The `index`th change of a field; without a field, the true answer. */
interface Case {
  readonly kind: AnswerKind;
  readonly field?: string;
  readonly index?: number;
  /** Whether it runs with the suite. */
  readonly isTelling: boolean;
}

const FRAME: Readonly<Record<string, string>> = { code: "0", message: "null" };
const AT_ONE_TIME = 16;
/** What the order is after an answer. */
const STATES: Readonly<Record<string, string>> = { success: "paid", vbankIssued: "awaiting_deposit" };

/** Every single-field change of every kind of answer, or of the fields that tell most of each kind. */
export async function runMutations({ isWhole }: { readonly isWhole: boolean }): Promise<MutationFigures> {
  const clock = new ManualClock();
  await using emulator = await startEmulator({ seed: 4711, now: () => clock.now() });
  await using dojang = await startTestDojang({ emulator, clock });
  const open = (kind: AnswerKind, merchantUid?: string) =>
    emulator.pay({
      ...(merchantUid === undefined ? {} : { merchant_uid: merchantUid }),
      amount: 50_000,
      sandbox: true,
      ...STAGES[kind].payment,
    });
  const left = ANSWER_KINDS.flatMap((kind) => casesOf(kind, open(kind))).filter(
    ({ isTelling }) => isWhole || isTelling,
  );
  const cases = left.length;
  const answers: Record<string, number> = {};
  const faults: string[] = [];
  const worker = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const { kind } = next;
      const order = (await dojang.order(STAGES[kind].order ?? {})).body.merchant_uid;
      const payment = open(kind, order);
      const { mutation, body } = changedAnswer(payment, next);
      const end = emulator.override({ path: `/payments/${payment.imp_uid}` }, { body });
      const { word, state } = await ask(dojang, { imp_uid: payment.imp_uid, merchant_uid: order });
      end();
      answers[word] = (answers[word] ?? 0) + 1;
      const expected = mutation === undefined ? UNCHANGED[kind] : expectedAnswer(kind, mutation);
      const [seen, due] = [`${word}, order ${state}`, `${expected}, order ${STATES[expected] ?? "pending"}`];
      if (seen !== due) faults.push(`${kind}: ${describe(mutation)}: expected ${due}, seen ${seen}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONE_TIME }, worker));
  if (dojang.fatal.length > 0) faults.push(`the server would have ended: ${dojang.fatal}`);
  return { cases, answers, faults };
}

function describe(mutation: Mutation | undefined): string {
  if (mutation === undefined) return "unchanged";
  const { field, change, json } = mutation;
  return `${field} ${change}${json === undefined ? "" : `: ${json}`}`;
}

async function ask(dojang: TestDojang, ids: { imp_uid: string; merchant_uid: string }) {
  const answer = await dojang.complete(ids);
  const order = await dojang.read(ids.merchant_uid);
  return { word: String(answer.body?.status), state: String(order.body?.status) };
}

function casesOf(kind: AnswerKind, sample: PaymentRecord): Case[] {
  const changes = Object.entries(allMembers(sample)).flatMap(([field, json]) =>
    mutateField(field, json).map(({ change }, index, all): Case => {
      // One of each change tells most of it; of other values, each is another story.
      const isFirst = all.findIndex((one) => one.change === change) === index;
      const isTelling = STAGES[kind].telling.includes(field) && (isFirst || change === "other value");
      return { kind, field, index, isTelling };
    }),
  );
  return [{ kind, isTelling: true }, ...changes];
}

/** The JSON text of each field of an answer, those of its frame included. */
function allMembers(payment: PaymentRecord): Record<string, string> {
  return { ...FRAME, response: "{}", ...membersOf(payment) };
}

function membersOf(payment: PaymentRecord): Record<string, string> {
  const names = Object.keys(payment).filter((name) => name !== "meta");
  return Object.fromEntries(
    names.map((name) => {
      const omit = names.filter((other) => other !== name);
      const text = paymentJson(payment, { newerFields: true, lens: { omit } });
      return [name, text.slice(name.length + 4, -1)];
    }),
  );
}

/** The answer about the payment at hand, so that a value which stands twice is its own. */
function changedAnswer(payment: PaymentRecord, { field, index }: Case) {
  const members = allMembers(payment);
  const mutation = field === undefined ? undefined : mutateField(field, members[field] ?? "null")[index ?? 0];
  const isFrame = field !== undefined && (field in FRAME || field === "response");
  const response = written(membersOf(payment), isFrame ? undefined : mutation);
  return { mutation, body: written({ ...FRAME, response }, isFrame ? mutation : undefined) };
}

function written(members: Readonly<Record<string, string>>, mutation: Mutation | undefined): string {
  const parts = Object.entries(members).flatMap(([name, json]) => {
    const text = name === mutation?.field ? mutation.json : json;
    return text === undefined ? [] : [`${JSON.stringify(name)}:${text}`];
  });
  return `{${parts.join(",")}}`;
}
