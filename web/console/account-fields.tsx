import { Field } from "../design/field.tsx";
import { useConsole } from "./console-context.ts";

export const EMPTY_ACCOUNT = { bank: "", account: "", holder: "" };
export type RefundAccount = typeof EMPTY_ACCOUNT;

export const accountBody = ({ bank, account, holder }: RefundAccount) => ({
  bank: bank.trim(),
  account: account.replace(/[^0-9]/g, ""),
  holder: holder.trim(),
});

interface AccountFieldsProps {
  readonly account: RefundAccount;
  readonly onChange: (next: RefundAccount) => void;
}

/** Where the money of a virtual account goes back to. */
export function AccountFields({ account, onChange }: AccountFieldsProps) {
  const { words } = useConsole();
  const field = (key: keyof RefundAccount) => ({
    name: key,
    required: true,
    autoComplete: "off",
    value: account[key],
    onInput: (event: { currentTarget: HTMLInputElement }) =>
      onChange({ ...account, [key]: event.currentTarget.value }),
  });
  return (
    <fieldset class="stack-small">
      <legend class="field-label">{words.order.refundAccount}</legend>
      <p class="quiet small">{words.order.refundAccountNote}</p>
      <Field label={words.order.refundBank} hint={words.order.refundBankHint} {...field("bank")} />
      <Field label={words.order.refundNumber} inputMode="numeric" {...field("account")} />
      <Field label={words.order.refundHolder} {...field("holder")} />
    </fieldset>
  );
}
