import { useState } from "preact/hooks";
import { Badge } from "../design/badge.tsx";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { Field } from "../design/field.tsx";
import { koreanTimeText } from "../design/language.ts";
import { Message } from "../design/message.tsx";
import { AccountFields, accountBody, EMPTY_ACCOUNT } from "./account-fields.tsx";
import type { Discrepancy, Order } from "./answers.ts";
import { ask } from "./api.ts";
import { useAct, useConsole, useReading } from "./console-context.ts";
import { Link } from "./router.tsx";
import { Time } from "./states.tsx";
import { wordOf } from "./words.ts";

type Action = "accept" | "refund" | "dismiss";
type Value = string | number | boolean | null | undefined;

interface DiscrepancyCardProps {
  readonly discrepancy: Discrepancy;
  readonly onEnded: () => void;
}

/** One discrepancy: what the order says beside what was seen, and what may be done. */
export function DiscrepancyCard({ discrepancy, onEnded }: DiscrepancyCardProps) {
  const { words, can } = useConsole();
  const [action, setAction] = useState<Action>();
  const { kind, evidence, resolution, resolved_at, opened_at } = discrepancy;
  const actions = actionsOf(kind);
  return (
    <article class="panel" aria-labelledby="discrepancy-title">
      <div class="payment-head">
        <h2 id="discrepancy-title">{wordOf(words.discrepancies.kinds, kind)}</h2>
        <Badge tone={resolved_at === null ? "bad" : "good"}>
          {resolved_at === null ? words.discrepancies.open : words.discrepancies.resolved}
        </Badge>
        <span class="quiet">
          <Time at={opened_at} />
        </span>
      </div>
      {evidence["why"] && (
        <Message tone="warn">
          <p>
            <strong>{words.discrepancies.why}</strong> {String(evidence["why"])}
          </p>
        </Message>
      )}
      <Evidence discrepancy={discrepancy} />
      {resolution !== null && (
        <Message tone="good">
          <p>
            <strong>{words.discrepancies.resolvedBy(resolution.actor)}</strong>{" "}
            {words.discrepancies[resolution.action as Action] ?? resolution.action} · “{resolution.reason}”
          </p>
        </Message>
      )}
      {resolved_at === null && can("operator") && (
        <div class="row">
          {actions.map((one) => (
            <Button key={one} kind={one === "dismiss" ? "quiet" : "plain"} onClick={() => setAction(one)}>
              {words.discrepancies[one]}
            </Button>
          ))}
        </div>
      )}
      {action && (
        <ResolveDialog
          discrepancy={discrepancy}
          action={action}
          onClose={() => setAction(undefined)}
          onDone={() => {
            setAction(undefined);
            onEnded();
          }}
        />
      )}
    </article>
  );
}

/** Accepting is for a payment that came late, and for a refund that may have been carried out. */
function actionsOf(kind: string): readonly Action[] {
  const isAcceptable = kind === "paid_after_closing" || kind === "cancelled_elsewhere";
  return isAcceptable ? ["accept", "refund", "dismiss"] : ["refund", "dismiss"];
}

/** Row by row: where the two differ it is marked, in words that a screen reader reads too. */
function Evidence({
  discrepancy: { merchant_uid: id, imp_uid, evidence },
}: {
  readonly discrepancy: Discrepancy;
}) {
  const { words, language } = useConsole();
  const { answer: order } = useReading<Order>(`/v1/orders/${encodeURIComponent(id)}`);
  const seen = (key: string): Value => evidence[key];
  const time = (at: Value) => (typeof at === "number" && at > 0 ? koreanTimeText(at, language) : at);
  const rows: readonly (readonly [key: string, expected: Value, seen: Value])[] = [
    ["merchant_uid", order?.merchant_uid, seen("merchant_uid")],
    ["imp_uid", order?.imp_uid, imp_uid],
    ["status", order && wordOf(words.orders.statuses, order.status), seen("status")],
    ["amount", order?.amount, seen("amount")],
    ["currency", order?.currency, seen("currency")],
    ["cancelled_amount", order?.refunded_amount, seen("cancelled_amount")],
    ["paid_at", order?.paid_at && koreanTimeText(order.paid_at, language), time(seen("paid_at"))],
    ["pay_method", undefined, seen("pay_method")],
    ["channel", undefined, seen("channel")],
    ["sandbox", undefined, seen("sandbox")],
  ];
  const isDifferent = (key: string, one: Value, other: Value) => {
    if (one === undefined || other === undefined) return false;
    return key === "amount" ? Number(one) !== Number(other) : key === "currency" && one !== other;
  };
  return (
    <div class="table-frame">
      <table class="table evidence">
        <thead>
          <tr>
            <td />
            <th scope="col">
              {order ? (
                <Link to={`/orders/${encodeURIComponent(id)}`}>{words.discrepancies.ofOrder}</Link>
              ) : (
                <>
                  {words.discrepancies.ofOrder} <span class="quiet">({words.discrepancies.noOrder})</span>
                </>
              )}
            </th>
            <th scope="col">{words.discrepancies.ofPayment}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([key, expected, was]) => (
            <tr key={key} class={isDifferent(key, expected, was) ? "different" : undefined}>
              <th scope="row">
                {wordOf(words.discrepancies.fields, key)}
                {isDifferent(key, expected, was) && <span class="different-mark"> ≠</span>}
              </th>
              <td>{shown(expected)}</td>
              <td>{shown(was)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const shown = (value: Value) => (value === undefined || value === null ? "–" : String(value));

interface ResolveDialogProps {
  readonly discrepancy: Discrepancy;
  readonly action: Action;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function ResolveDialog({ discrepancy, action, onClose, onDone }: ResolveDialogProps) {
  const { words } = useConsole();
  const { isBusy, act } = useAct();
  const [reason, setReason] = useState("");
  const [account, setAccount] = useState(EMPTY_ACCOUNT);
  const isToAccount = action === "refund" && discrepancy.evidence["pay_method"] === "vbank";
  const isElsewhere = discrepancy.kind === "cancelled_elsewhere";
  const leads = {
    accept: isElsewhere ? words.discrepancies.acceptElsewhere : words.discrepancies.acceptLead,
    refund: words.discrepancies.refundLead,
    dismiss: isElsewhere ? words.discrepancies.dismissElsewhere : words.discrepancies.dismissLead,
  };
  return (
    <Dialog
      title={words.discrepancies[action]}
      words={words.common}
      submit={words.discrepancies[action]}
      isBusy={isBusy}
      onClose={onClose}
      onSubmit={() =>
        void act(async () => {
          const body = { action, reason, ...(isToAccount ? { refund_account: accountBody(account) } : {}) };
          await ask("POST", `/v1/discrepancies/${discrepancy.id}/resolve`, { body });
          onDone();
          return words.discrepancies.ended;
        })
      }
    >
      <p class="quiet">{leads[action]}</p>
      <Field
        label={words.common.reason}
        hint={words.common.reasonHint}
        name="reason"
        required
        maxLength={500}
        value={reason}
        onInput={(event) => setReason(event.currentTarget.value)}
      />
      {isToAccount && <AccountFields account={account} onChange={setAccount} />}
    </Dialog>
  );
}
