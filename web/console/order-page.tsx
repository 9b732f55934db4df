import { Badge } from "../design/badge.tsx";
import { Button } from "../design/button.tsx";
import { type Column, Table } from "../design/table.tsx";
import type { Audit, Delivery, Order, Page, Refund, TimelineEvent } from "./answers.ts";
import { ask } from "./api.ts";
import { useAct, useConsole, useReading } from "./console-context.ts";
import { OrderActions } from "./order-actions.tsx";
import { OrderFacts } from "./order-facts.tsx";
import { PaymentCard } from "./payment-card.tsx";
import { Link } from "./router.tsx";
import { Money, OrderStatus, Time, WorkState } from "./states.tsx";
import { wordOf } from "./words.ts";
import "./order-page.css";

/** Everything about one order, and what can be done with it. */
export function OrderPage({ id }: { readonly id: string }) {
  const { words } = useConsole();
  const path = `/v1/orders/${encodeURIComponent(id)}`;
  const { answer: order, refusal, again } = useReading<Order>(path);
  if (order === undefined)
    return <p class="quiet">{refusal?.code === "not_found" ? words.order.notFound : words.common.loading}</p>;
  return (
    <>
      <p class="crumb">
        <Link to="/orders">← {words.order.back}</Link>
      </p>
      <div class="page-head">
        <h1>{order.name}</h1>
        <OrderStatus status={order.status} />
        <span class="page-sum">
          <Money amount={order.amount} currency={order.currency} />
        </span>
      </div>
      <div class="columns-wide">
        <div class="stack">
          <section class="panel" aria-labelledby="payments-title">
            <h2 id="payments-title">{words.order.payments}</h2>
            {order.payments.length === 0 && <p class="quiet">{words.order.noPayments}</p>}
            {order.payments.map((payment) => (
              <PaymentCard key={payment.imp_uid} order={order} payment={payment} />
            ))}
          </section>
          <OpenDiscrepancies order={order} />
          <Refunds order={order} />
          <Timeline path={path} />
          <Deliveries id={order.merchant_uid} />
          <AuditTrail path={path} />
        </div>
        <div class="stack">
          <OrderFacts order={order} />
          <OrderActions order={order} onDone={again} />
        </div>
      </div>
    </>
  );
}

function OpenDiscrepancies({ order }: { readonly order: Order }) {
  const { words } = useConsole();
  if (order.discrepancies.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="discrepancies-title">
      <h2 id="discrepancies-title">{words.order.discrepancies}</h2>
      <ul class="rows">
        {order.discrepancies.map(({ id, kind, opened_at, resolved_at }) => (
          <li key={id} class="row">
            <Badge tone={resolved_at === null ? "bad" : "good"}>
              {resolved_at === null ? words.discrepancies.open : words.discrepancies.resolved}
            </Badge>
            <Link to={`/discrepancies/${id}`}>{wordOf(words.discrepancies.kinds, kind)}</Link>
            <span class="quiet">
              <Time at={opened_at} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const REFUND_TONES = { requested: "info", unknown: "warn", succeeded: "good", failed: "bad" } as const;

function Refunds({ order }: { readonly order: Order }) {
  const { words } = useConsole();
  if (order.refunds.length === 0) return null;
  const columns: readonly Column<Refund>[] = [
    {
      name: words.common.state,
      cell: ({ state }) => (
        <Badge tone={REFUND_TONES[state as keyof typeof REFUND_TONES] ?? "plain"}>
          {wordOf(words.order.refundStates, state)}
        </Badge>
      ),
    },
    {
      name: words.order.amount,
      kind: "number",
      cell: ({ amount }) => <Money amount={amount} currency={order.currency} />,
    },
    {
      name: words.common.reason,
      cell: ({ reason, failure }) => `${reason}${failure ? ` · ${failure.message}` : ""}`,
    },
    { name: words.common.at, cell: ({ requested_at }) => <Time at={requested_at} /> },
  ];
  return (
    <section class="panel" aria-labelledby="refunds-title">
      <h2 id="refunds-title">{words.order.refunds}</h2>
      <Table
        caption={words.order.refunds}
        columns={columns}
        rows={order.refunds}
        keyOf={({ id }) => id}
        empty={words.common.none}
        bodyId="refunds"
      />
    </section>
  );
}

function Timeline({ path }: { readonly path: string }) {
  const { words } = useConsole();
  const { answer } = useReading<{ data: readonly TimelineEvent[] }>(`${path}/timeline`);
  return (
    <section class="panel" aria-labelledby="timeline-title">
      <h2 id="timeline-title">{words.order.timeline}</h2>
      <ol class="timeline" id="timeline">
        {answer?.data.map(({ id, type, at, imp_uid, data }) => (
          <li key={id}>
            <strong>{wordOf(words.events, type)}</strong>
            {imp_uid && <span class="mono quiet">{imp_uid}</span>}
            <span class="quiet timeline-data">{factsText(data)}</span>
            <span class="quiet">
              <Time at={at} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function factsText(data: Readonly<Record<string, unknown>>): string {
  const facts = Object.entries(data).filter(([, value]) => value !== null && typeof value !== "object");
  return facts.map(([key, value]) => `${key}: ${value}`).join(" · ");
}

function Deliveries({ id }: { readonly id: string }) {
  const { words, can } = useConsole();
  const { act } = useAct();
  const { answer, again } = useReading<Page<Delivery>>(
    `/v1/deliveries?merchant_uid=${encodeURIComponent(id)}`,
  );
  const resend = (event: string) =>
    act(async () => {
      await ask("POST", `/v1/deliveries/${event}/retry`);
      again();
      return words.order.resent;
    });
  return (
    <section class="panel" aria-labelledby="deliveries-title">
      <h2 id="deliveries-title">{words.order.deliveries}</h2>
      {answer?.data.length === 0 && <p class="quiet">{words.order.noDeliveries}</p>}
      <ul class="rows">
        {answer?.data.map(({ id: event, type, at, state, tries }) => (
          <li key={event} class="row">
            <WorkState state={state} tries={tries} />
            <span>{wordOf(words.events, type)}</span>
            <span class="quiet">
              <Time at={at} />
            </span>
            {can("operator") && (
              <Button kind="quiet" onClick={() => void resend(event)}>
                {words.order.resend}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function AuditTrail({ path }: { readonly path: string }) {
  const { words } = useConsole();
  const { answer } = useReading<{ data: readonly Audit[] }>(`${path}/audit`);
  return (
    <section class="panel" aria-labelledby="audit-title">
      <h2 id="audit-title">{words.order.audit}</h2>
      {answer?.data.length === 0 && <p class="quiet">{words.order.noAudit}</p>}
      <ol class="timeline" id="audit">
        {answer?.data.map(({ position, at, actor, action, reason, hash }) => (
          <li key={position}>
            <strong>{actor}</strong>
            <span>{wordOf(words.acts, action)}</span>
            {reason && <span class="timeline-data">“{reason}”</span>}
            <span class="quiet mono" title={hash}>
              {hash.slice(0, 12)}
            </span>
            <span class="quiet">
              <Time at={at} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
