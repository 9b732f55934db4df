import { useState } from "preact/hooks";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { Field } from "../design/field.tsx";
import type { Order } from "./answers.ts";
import { ask } from "./api.ts";
import { useAct, useConsole } from "./console-context.ts";
import { RefundDialog } from "./refund-dialog.tsx";

interface OrderActionsProps {
  readonly order: Order;
  readonly onDone: () => void;
}

type Asked = "cancel" | "refund" | "notice";

/** What may be done with an order in the state that it is in. */
export function OrderActions({ order, onDone }: OrderActionsProps) {
  const { words, can } = useConsole();
  const { isBusy, act } = useAct();
  const [asked, setAsked] = useState<Asked>();
  const path = `/v1/orders/${encodeURIComponent(order.merchant_uid)}`;
  const isOpen = order.status === "pending" || order.status === "awaiting_deposit";
  const isRefundable = order.status === "paid" || order.status === "partially_refunded";
  const close = () => setAsked(undefined);
  const done = () => {
    close();
    onDone();
  };
  if (!can("operator")) return null;
  const verify = () =>
    act(async () => {
      await ask("POST", `${path}/verify`);
      onDone();
      return words.order.verified;
    });
  return (
    <section class="panel" aria-labelledby="actions-title">
      <h2 id="actions-title">{words.order.actions}</h2>
      <div class="stack-small">
        <Button isBusy={isBusy} onClick={() => void verify()}>
          {words.order.verify}
        </Button>
        {isRefundable && (
          <Button kind="plain" onClick={() => setAsked("refund")}>
            {words.order.refund}
          </Button>
        )}
        {isOpen && (
          <Button kind="plain" onClick={() => setAsked("cancel")}>
            {words.order.cancel}
          </Button>
        )}
        {order.virtual_account !== null && (
          <Button kind="plain" onClick={() => setAsked("notice")}>
            {words.order.notice}
          </Button>
        )}
      </div>
      {asked === "refund" && <RefundDialog order={order} onClose={close} onDone={done} />}
      {asked === "cancel" && <CancelDialog path={path} onClose={close} onDone={done} />}
      {asked === "notice" && <NoticeDialog order={order} onClose={close} onDone={done} />}
    </section>
  );
}

interface Asking {
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function CancelDialog({ path, onClose, onDone }: Asking & { readonly path: string }) {
  const { words } = useConsole();
  const { isBusy, act } = useAct();
  const [reason, setReason] = useState("");
  return (
    <Dialog
      title={words.order.cancel}
      words={words.common}
      submit={words.order.cancel}
      isBusy={isBusy}
      onClose={onClose}
      onSubmit={() =>
        void act(async () => {
          await ask("POST", `${path}/cancel`, { body: { reason } });
          onDone();
          return words.common.done;
        })
      }
    >
      <p class="quiet">{words.order.cancelLead}</p>
      <Field
        label={words.common.reason}
        hint={words.common.reasonHint}
        name="reason"
        required
        maxLength={500}
        value={reason}
        onInput={(event) => setReason(event.currentTarget.value)}
      />
    </Dialog>
  );
}

function NoticeDialog({ order, onClose, onDone }: Asking & { readonly order: Order }) {
  const { words } = useConsole();
  const { isBusy, act } = useAct();
  return (
    <Dialog
      title={words.order.notice}
      words={words.common}
      submit={words.order.notice}
      isBusy={isBusy}
      onClose={onClose}
      onSubmit={() =>
        void act(async () => {
          await ask("POST", `/orders/${encodeURIComponent(order.merchant_uid)}/notice`);
          onDone();
          return words.order.noticeSent;
        })
      }
    >
      <p class="quiet">{words.order.noticeLead}</p>
    </Dialog>
  );
}
