import { useState } from "preact/hooks";
import { Button } from "../design/button.tsx";
import { CopyButton } from "../design/copy-button.tsx";
import { Facts } from "../design/facts.tsx";
import type { Order } from "./answers.ts";
import { ask } from "./api.ts";
import { useAct, useConsole } from "./console-context.ts";
import { Money, Time } from "./states.tsx";

type Shown = Pick<Order, "customer" | "virtual_account" | "metadata">;

/** What is written of an order. Its buyer is masked until somebody asks, and that is written down. */
export function OrderFacts({ order }: { readonly order: Order }) {
  const { words, can } = useConsole();
  const [shown, setShown] = useState<Shown>();
  const { isBusy, act } = useAct();
  const { customer, virtual_account: account } = shown ?? order;
  const isPersonal =
    order.customer !== null || order.virtual_account !== null || metadataOf(order).length > 0;
  const id = order.merchant_uid;
  const show = () =>
    act(async () => {
      setShown(await ask<Shown>("POST", `/orders/${encodeURIComponent(id)}/customer`));
      return undefined;
    });
  return (
    <section class="panel" aria-labelledby="facts-title">
      <h2 id="facts-title">{words.order.facts}</h2>
      <Facts
        id="facts"
        rows={[
          [words.order.id, <Id id={id} />],
          [words.order.amount, <Money amount={order.amount} currency={order.currency} />],
          order.refunded_amount > 0 && [
            words.order.refunded,
            <Money amount={order.refunded_amount} currency={order.currency} />,
          ],
          customer?.id ? [words.order.customerId, customer.id] : null,
          customer?.name ? [words.order.customer, customer.name] : null,
          customer?.tel ? [words.order.tel, customer.tel] : null,
          customer?.email ? [words.order.email, customer.email] : null,
          account && [words.order.account, `${account.vbank_name} ${account.vbank_num}`],
          account?.vbank_holder ? [words.order.holder, account.vbank_holder] : null,
          account && [words.order.due, <Time at={account.vbank_date} />],
          [words.order.created, <Time at={order.created_at} />],
          order.paid_at !== null && [words.order.paidAt, <Time at={order.paid_at} />],
          order.paid_at === null && [words.order.payBy, <Time at={order.pay_by} />],
          ...metadataOf(shown ?? order),
        ]}
      />
      {isPersonal && shown === undefined && can("operator") && (
        <div class="stack-small">
          <Button kind="plain" isBusy={isBusy} onClick={() => void show()}>
            {words.order.show}
          </Button>
          <p class="quiet small">{words.order.showNote}</p>
        </div>
      )}
    </section>
  );
}

function Id({ id }: { readonly id: string }) {
  const { words } = useConsole();
  return (
    <span class="id-fact">
      <span class="mono">{id}</span>
      <CopyButton text={id} words={words.common} what={words.order.id} />
    </span>
  );
}

function metadataOf({ metadata }: Pick<Order, "metadata">) {
  const entries = Object.entries((metadata ?? {}) as Readonly<Record<string, unknown>>);
  return entries.map(([key, value]) => [key, String(value)] as const);
}
