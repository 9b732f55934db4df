import { useState } from "preact/hooks";
import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Facts } from "../../design/facts.tsx";
import { Field } from "../../design/field.tsx";
import { koreanTimeText, type Language, moneyText } from "../../design/language.ts";
import type { Tone } from "../../design/message.tsx";
import { type Column, Table } from "../../design/table.tsx";
import { type Payment, pull } from "./admin-api.ts";
import type { Act, AdminWords } from "./admin-page.tsx";

const ROWS_MAX = 200;

interface PaymentsProps {
  readonly payments: readonly Payment[];
  readonly words: AdminWords;
  readonly language: Language;
  readonly act: Act;
}

const isAccount = ({ status, vbank_num }: Payment) => status === "ready" && vbank_num !== null;
const money = ({ currency }: Payment, amount: string, language: Language) =>
  moneyText(Number(amount), currency, language);

/** Every payment, newest first, and what can happen to the chosen one. */
export function Payments({ payments, words, language, act }: PaymentsProps) {
  const [chosenId, choose] = useState<string>();
  const chosen = payments.find(({ imp_uid }) => imp_uid === chosenId);
  const columns: readonly Column<Payment>[] = [
    { name: words.status, cell: (payment) => <Status payment={payment} words={words} /> },
    {
      name: words.payment,
      cell: ({ imp_uid }) => (
        <button
          class="row-button mono"
          type="button"
          aria-pressed={imp_uid === chosenId}
          onClick={() => choose(imp_uid)}
        >
          {imp_uid}
        </button>
      ),
    },
    { name: words.order, kind: "mono", cell: ({ merchant_uid }) => merchant_uid },
    { name: words.method, cell: ({ pay_method }) => pay_method },
    { name: words.amount, kind: "number", cell: (payment) => money(payment, payment.amount, language) },
    { name: words.opened, cell: ({ started_at }) => koreanTimeText(started_at * 1000, language) },
  ];
  return (
    <section class="admin-section" aria-labelledby="payments-title">
      <h2 id="payments-title">{words.payments}</h2>
      <div class="split">
        <Table
          caption={words.payments}
          columns={columns}
          rows={payments.toReversed().slice(0, ROWS_MAX)}
          keyOf={({ imp_uid }) => imp_uid}
          isChosen={({ imp_uid }) => imp_uid === chosenId}
          empty={words.noPayments}
          bodyId="payment-rows"
        />
        {chosen ? (
          <Chosen payment={chosen} words={words} language={language} act={act} />
        ) : (
          payments.length > 0 && <p class="quiet">{words.choose}</p>
        )}
      </div>
    </section>
  );
}

const TONES: Readonly<Record<Payment["status"], Tone | "plain">> = {
  ready: "plain",
  paid: "good",
  failed: "bad",
  cancelled: "info",
};

function Status({ payment, words }: { readonly payment: Payment; readonly words: AdminWords }) {
  if (isAccount(payment)) return <Badge tone="warn">{words.statuses.account}</Badge>;
  return <Badge tone={TONES[payment.status]}>{words.statuses[payment.status]}</Badge>;
}

function Chosen({
  payment,
  words,
  language,
  act,
}: Omit<PaymentsProps, "payments"> & { readonly payment: Payment }) {
  return (
    <section class="panel" aria-label={payment.imp_uid}>
      <h3 class="mono">{payment.imp_uid}</h3>
      <Facts
        id="facts"
        rows={[
          [words.order, <span class="mono">{payment.merchant_uid}</span>],
          [words.status, <Status payment={payment} words={words} />],
          [words.amount, money(payment, payment.amount, language)],
          Number(payment.cancel_amount) > 0 && [
            words.cancelled,
            money(payment, payment.cancel_amount, language),
          ],
          [
            words.channel,
            `${payment.pg_provider} ${payment.pg_id} (${payment.sandbox ? words.test : words.live})`,
          ],
          payment.vbank_num !== null && [words.account, `${payment.vbank_name} ${payment.vbank_num}`],
          payment.vbank_num !== null && [words.due, koreanTimeText(payment.vbank_date * 1000, language)],
          payment.fail_reason !== null && [words.reason, payment.fail_reason],
        ]}
      />
      <Moves key={payment.imp_uid} payment={payment} words={words} act={act} />
    </section>
  );
}

/** What banks, people and the gateway do to one payment. */
function Moves({
  payment,
  words,
  act,
}: {
  readonly payment: Payment;
  readonly words: AdminWords;
  readonly act: Act;
}) {
  const [amount, setAmount] = useState("");
  const move = (
    action: string,
    { text, path, body = {}, isOff = false }: { text: string; path: string; body?: object; isOff?: boolean },
  ) => (
    <Button
      kind="plain"
      data-action={action}
      disabled={isOff}
      onClick={() =>
        act(`${text}: ${payment.imp_uid}`, () =>
          pull(`/payments/${encodeURIComponent(payment.imp_uid)}/${path}`, body),
        )
      }
    >
      {text}
    </Button>
  );
  const isOff = !isAccount(payment);
  const hasMoney = payment.paid_at > 0 && Number(payment.cancel_amount) < Number(payment.amount);
  return (
    <>
      <fieldset class="moves">
        <legend>{words.depositGroup}</legend>
        {move("deposit", { text: words.deposit, path: "deposit", isOff })}
        {move("expire", { text: words.expire, path: "expire", isOff })}
      </fieldset>
      <fieldset class="moves">
        <legend>{words.cancelGroup}</legend>
        <Field
          label={words.cancelAmount}
          name="cancel_amount"
          inputMode="decimal"
          placeholder={words.allLeft}
          value={amount}
          onInput={({ currentTarget }) => setAmount(currentTarget.value)}
        />
        {move("cancel", {
          text: words.cancel,
          path: "cancel",
          body: amount.trim() === "" ? {} : { amount: amount.trim() },
          isOff: !hasMoney,
        })}
      </fieldset>
      <fieldset class="moves">
        <legend>{words.webhookGroup}</legend>
        {move("resend", { text: words.resend, path: "webhook" })}
        {move("twice", { text: words.twice, path: "webhook", body: { copies: 2 } })}
        {move("form", { text: words.form, path: "webhook", body: { format: "form" } })}
        {move("forged", { text: words.forged, path: "webhook", body: { fields: { status: "paid" } } })}
      </fieldset>
    </>
  );
}
