import { useState } from "preact/hooks";
import { Choices } from "../design/choices.tsx";
import { Dialog } from "../design/dialog.tsx";
import { Field } from "../design/field.tsx";
import { moneyText } from "../design/language.ts";
import { AccountFields, accountBody, EMPTY_ACCOUNT } from "./account-fields.tsx";
import type { Order } from "./answers.ts";
import { ask } from "./api.ts";
import { useAct, useConsole } from "./console-context.ts";
import { refundKey } from "./refund-key.ts";

interface RefundDialogProps {
  readonly order: Order;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Gives money of a paid order back. The rest is shown; the server decides what it is. */
export function RefundDialog({ order, onClose, onDone }: RefundDialogProps) {
  const { words, language } = useConsole();
  const { isBusy, act } = useAct();
  const [how, setHow] = useState("all");
  const [amount, setAmount] = useState("");
  const [reason, setReason] = useState("");
  const [account, setAccount] = useState(EMPTY_ACCOUNT);
  // One dialog is one intent: pressed twice, or sent again, it is still one refund.
  const [intent] = useState(() => crypto.randomUUID());
  const { currency } = order;
  const isToAccount = order.payments.some(
    ({ imp_uid, pay_method }) => imp_uid === order.imp_uid && pay_method === "vbank",
  );
  const rest = moneyText(restOf(order), currency, language);
  const shown = how === "all" ? rest : moneyText(Number(amount) || 0, currency, language);
  const submit = () =>
    act(async () => {
      await ask("POST", `/v1/orders/${encodeURIComponent(order.merchant_uid)}/refunds`, {
        headers: { "idempotency-key": refundKey(intent, how === "all" ? how : amount) },
        body: {
          amount: how === "all" ? "all" : Number(amount),
          reason,
          ...(isToAccount ? { refund_account: accountBody(account) } : {}),
        },
      });
      onDone();
      return words.order.refundAsked;
    });
  return (
    <Dialog
      title={words.order.refund}
      words={words.common}
      submit={how === "part" && amount === "" ? words.order.refund : words.order.refundSubmit(shown)}
      isBusy={isBusy}
      onClose={onClose}
      onSubmit={() => void submit()}
    >
      <p id="rest">{words.order.refundLead(rest)}</p>
      <Choices
        legend={words.order.refundHow}
        name="how"
        isSmall
        value={how}
        onChange={setHow}
        options={[
          { value: "all", text: words.order.refundAll },
          { value: "part", text: words.order.refundPart },
        ]}
      />
      {how === "part" && (
        <Field
          label={words.order.refundAmount}
          note={currency}
          name="amount"
          required
          inputMode="decimal"
          pattern="[0-9]+([.][0-9]+)?"
          value={amount}
          onInput={(event) => setAmount(event.currentTarget.value)}
        />
      )}
      <Field
        label={words.common.reason}
        hint={words.common.reasonHint}
        name="reason"
        required
        maxLength={200}
        value={reason}
        onInput={(event) => setReason(event.currentTarget.value)}
      />
      {isToAccount && <AccountFields account={account} onChange={setAccount} />}
    </Dialog>
  );
}

/** What no refund has asked for yet, for the eye: sums are the server's. */
function restOf({ amount, refunded_amount, refunds }: Order): number {
  const underWay = refunds
    .filter(({ state }) => state === "requested" || state === "unknown")
    .reduce((sum, refund) => sum + refund.amount, 0);
  return Number((amount - refunded_amount - underWay).toFixed(4));
}
