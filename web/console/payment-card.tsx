import { useState } from "preact/hooks";
import { Badge } from "../design/badge.tsx";
import { Button } from "../design/button.tsx";
import { Facts } from "../design/facts.tsx";
import type { Tone } from "../design/message.tsx";
import { type Column, Table } from "../design/table.tsx";
import type { Order, Payment, RawField } from "./answers.ts";
import { ask } from "./api.ts";
import { useAct, useConsole } from "./console-context.ts";
import { Money, Time } from "./states.tsx";
import { wordOf } from "./words.ts";
import "./payment-card.css";

const TONES: Readonly<Record<string, Tone | "plain">> = {
  applied: "good",
  held: "info",
  surplus: "warn",
  rejected: "bad",
  reversed: "warn",
};

interface PaymentCardProps {
  readonly order: Order;
  readonly payment: Payment;
}

/** One payment: the verdict, and each clause that it was held against. */
export function PaymentCard({ order, payment }: PaymentCardProps) {
  const { words, session } = useConsole();
  const { amount, currency, cancelled_amount: cancelled, receipt_url: link } = payment;
  // The emulator's receipts are not behind TLS.
  const schemes = session.sandbox ? /^https?:\/\// : /^https:\/\//;
  const receipt = link !== null && schemes.test(link) ? link : undefined;
  return (
    <article class="payment" aria-label={payment.imp_uid}>
      <div class="payment-head">
        <span class="mono">{payment.imp_uid}</span>
        <Badge tone={TONES[payment.verdict] ?? "plain"}>
          {wordOf(words.order.verdicts, payment.verdict)}
        </Badge>
      </div>
      <Facts
        rows={[
          [words.order.gatewayStatus, payment.status],
          [words.order.amount, amount === null ? "–" : <Money amount={amount} currency={currency} />],
          cancelled !== null &&
            cancelled > 0 && [words.order.refunded, <Money amount={cancelled} currency={currency} />],
          payment.pay_method ? [words.order.method, payment.pay_method] : null,
          payment.paid_at ? [words.order.paidAt, <Time at={payment.paid_at} />] : null,
          receipt !== undefined && [
            words.order.receipt,
            <a href={receipt} target="_blank" rel="noreferrer">
              {words.order.receipt}
            </a>,
          ],
        ]}
      />
      <Clauses payment={payment} />
      <Raw
        path={`/orders/${encodeURIComponent(order.merchant_uid)}/payments/${encodeURIComponent(payment.imp_uid)}/raw`}
      />
    </article>
  );
}

type Clause = Payment["clauses"][number];

function Clauses({ payment }: { readonly payment: Payment }) {
  const { words } = useConsole();
  const columns: readonly Column<Clause>[] = [
    {
      name: words.common.state,
      cell: ({ holds }) => (
        <Badge tone={holds ? "good" : "bad"}>{holds ? words.order.holds : words.order.breaks}</Badge>
      ),
    },
    { name: words.order.clause, cell: ({ id, name }) => `${id} ${name}` },
    { name: words.order.expected, kind: "wide", cell: ({ expected }) => expected },
    { name: words.order.seen, kind: "wide", cell: ({ seen }) => seen },
  ];
  const broken = payment.clauses.filter(({ holds }) => !holds).length;
  if (payment.clauses.length === 0) return null;
  return (
    <details class="more" open={broken > 0}>
      <summary>
        {words.order.clauses} ({payment.clauses.length - broken}/{payment.clauses.length})
      </summary>
      <Table
        caption={words.order.clauses}
        columns={columns}
        // What is broken decides: it stands first.
        rows={payment.clauses.toSorted((one, other) => Number(one.holds) - Number(other.holds))}
        keyOf={({ id, name }) => id + name}
        isChosen={({ holds }) => !holds}
        empty={words.common.none}
      />
    </details>
  );
}

function Raw({ path }: { readonly path: string }) {
  const { words, can } = useConsole();
  const { isBusy, act } = useAct();
  const [fields, setFields] = useState<readonly RawField[]>();
  const read = (method: "GET" | "POST") =>
    act(async () => {
      setFields((await ask<{ fields: readonly RawField[] }>(method, path)).fields);
      return undefined;
    });
  const isMasked = fields?.some(({ masked }) => masked) ?? false;
  return (
    <details
      class="more"
      onToggle={(event) => {
        if (event.currentTarget.open && fields === undefined) void read("GET");
      }}
    >
      <summary>{words.order.raw}</summary>
      {fields === undefined ? (
        <p class="quiet">{words.common.loading}</p>
      ) : (
        <Table
          caption={words.order.raw}
          columns={[
            { name: words.order.field, kind: "mono", cell: ({ name }) => name },
            { name: words.order.value, kind: "wide", cell: ({ value }) => value },
          ]}
          rows={fields}
          keyOf={({ name }) => name}
          empty={words.common.none}
        />
      )}
      {isMasked && can("operator") && (
        <div class="row">
          <Button kind="plain" isBusy={isBusy} onClick={() => void read("POST")}>
            {words.order.rawShow}
          </Button>
          <span class="quiet small">{words.order.showNote}</span>
        </div>
      )}
    </details>
  );
}
