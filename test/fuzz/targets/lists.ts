import fc from "fast-check";
import { readAttempts, readChannels, readList } from "../../../src/gateway/iamport/read-lists.ts";
import { expect } from "../engine/finding.ts";
import type { FuzzTarget } from "../engine/fuzz-target.ts";
import { readSecond, type SecondValue } from "../oracles/second-json.ts";
import { isList, isNumber } from "../oracles/wire-payment.ts";

const ORDER_ID = "dj_order_1";
const row = (id: string, order: string) =>
  `{"imp_uid":"${id}","merchant_uid":"${order}","status":"paid","cancel_amount":0,"pay_method":"card"}`;
const rowsOf = fc.array(
  fc.record(
    {
      imp_uid: fc.constantFrom("imp_1", "imps_2", "imp_", "imp_1/../x", "", 7),
      merchant_uid: fc.constantFrom(ORDER_ID, "another", "", null),
      status: fc.constantFrom("paid", "ready", "odd"),
      pay_method: fc.constantFrom("card", "vbank"),
      vbank_num: fc.constantFrom("1", null),
      cancel_amount: fc.constantFrom(0, "0", 1.5),
      pg_provider: fc.constantFrom("a", "", null),
      pg_id: fc.constantFrom("b", null),
      sandbox: fc.constantFrom(true, false, null),
      type: fc.constantFrom("payment", "certification", null),
    },
    { requiredKeys: [] },
  ),
);

/** The gateway's lists: a row of another order or with an id of another shape is never asked for next, and what cannot be read is no empty list. */
export const lists: FuzzTarget = {
  name: "lists",
  sources: ["/src/gateway/iamport/read-lists.ts"],
  seeds: [
    `{"code":0,"response":{"total":2,"list":[${row("imp_1", ORDER_ID)},${row("imp_2", "other")}]}}`,
    `{"code":0,"response":{"total":1,"list":[${row("imp_1/../../users", ORDER_ID)}]}}`,
    '{"code":0,"response":[{"pg_provider":"a","pg_id":"b","sandbox":false,"type":"payment"}]}',
    '{"code":0,"response":[{"type":"certification"}]}',
  ],
  dictionary: [
    '"list":[',
    '"total":',
    '"imp_uid":"',
    "imp_1",
    "../",
    ORDER_ID,
    '"type":"payment"',
    '"sandbox":',
    "null",
    "{}",
    "1.0",
    "1e2",
  ],
  grammar: fc.oneof(
    fc
      .tuple(rowsOf, fc.constantFrom(1, 0, null, 1.5))
      .map(([list, total]) => JSON.stringify({ code: 0, response: { total, list } })),
    rowsOf.map((response) => JSON.stringify({ code: 0, response })),
  ),
  run(input) {
    const text = input.toString("utf8");
    const answer = { status: 200, date: undefined, body: { ok: true, text } } as const;
    const whole = readSecond(text)?.value;
    const response = whole instanceof Map ? whole.get("response") : undefined;
    const list = response instanceof Map ? response.get("list") : undefined;
    const rows =
      isList(list) && list.every((one) => one instanceof Map)
        ? (list as readonly Map<string, SecondValue>[])
        : undefined;
    const attempts = readAttempts(answer, ORDER_ID);
    if (attempts.kind === "found") {
      const ids = idsOf(rows ?? [], (order) => order === ORDER_ID);
      expect(rows !== undefined, "readAttempts() finds a list where there is none", () => text);
      expect(
        attempts.attempts.map(({ paymentId }) => paymentId).join() === ids.join(),
        "readAttempts() finds other payments",
        () => [text, ids],
      );
    }
    const found = readList(answer);
    if (found.kind === "found") {
      const total = response instanceof Map ? response.get("total") : undefined;
      const ids = idsOf(rows ?? [], (order) => typeof order === "string" && order !== "");
      expect(
        isNumber(total) && String(found.total) === total.number,
        "readList() reads another total",
        () => text,
      );
      expect(found.rows === rows?.length, "readList() counts other rows", () => text);
      expect(
        found.payments.map(({ paymentId }) => paymentId).join() === ids.join(),
        "readList() finds other payments",
        () => [text, ids],
      );
    }
    const channels = readChannels(answer);
    if (channels.kind === "found") {
      const paying = isList(response)
        ? response.filter((one) => !(one instanceof Map) || !isOtherType(one.get("type")))
        : undefined;
      expect(paying?.length === channels.channels.length, "readChannels() leaves a channel out", () => text);
    }
    return `${attempts.kind} ${found.kind} ${channels.kind} ${rows?.length ?? -1}`;
  },
};

function isOtherType(type: SecondValue | undefined): boolean {
  return typeof type === "string" && type !== "payment";
}

/** Each id once, in the order of the rows. */
function idsOf(
  rows: readonly Map<string, SecondValue>[],
  isWanted: (order: SecondValue | undefined) => boolean,
): readonly string[] {
  const ids = rows.filter((one) => isWanted(one.get("merchant_uid"))).map((one) => one.get("imp_uid"));
  return [...new Set(ids.filter((id) => typeof id === "string" && isId(id)).map(String))];
}

function isId(id: string): boolean {
  const rest = id.startsWith("imp_") ? id.slice(4) : id.startsWith("imps_") ? id.slice(5) : "";
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  return rest.length >= 1 && rest.length <= 27 && [...rest].every((one) => letters.includes(one));
}
