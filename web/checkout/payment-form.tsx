import { useEffect, useRef, useState } from "preact/hooks";
import type { CheckoutState } from "../../src/http/checkout-schemas.ts";
import { Button } from "../design/button.tsx";
import { Choices } from "../design/choices.tsx";
import { Field } from "../design/field.tsx";
import { Message } from "../design/message.tsx";
import { type BuyerField, wrongFields } from "./buyer.ts";
import type { Checkout } from "./use-checkout.ts";
import type { Words } from "./words.ts";

interface PaymentFormProps {
  readonly checkout: Checkout;
  readonly words: Words;
  readonly amount: string;
}

/** How long a window may take to show before the buyer is offered another. */
const REOPEN_AFTER_MS = 6000;

/** The buyer's details, the way to pay, and the button. */
export function PaymentForm({ checkout, words, amount }: PaymentFormProps) {
  const { state, attempt, wish, hasSdkFailed, isAwake } = checkout;
  const { buyer, method } = wish;
  const [wrong, setWrong] = useState<readonly BuyerField[]>([]);
  const form = useRef<HTMLFormElement>(null);
  const isOpening = attempt.kind === "opening";
  const submit = (event: Event) => {
    event.preventDefault();
    const faults = wrongFields(buyer);
    setWrong(faults);
    const [first] = faults;
    if (first === undefined) checkout.pay();
    else form.current?.querySelector<HTMLInputElement>(`[name="${first}"]`)?.focus();
  };
  const field = (name: BuyerField) => ({
    name,
    label: words[name],
    value: buyer[name],
    hint: hintOf(state, name, words),
    error: wrong.includes(name) ? words[`${name}Wrong`] : undefined,
    onInput: ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
      checkout.change({ ...wish, buyer: { ...buyer, [name]: currentTarget.value } });
      setWrong(wrong.filter((one) => one !== name));
    },
  });
  return (
    <form ref={form} class="card pay-form" noValidate onSubmit={submit}>
      <noscript>
        <p class="message message-warn">{words.noScript}</p>
      </noscript>
      <fieldset class="buyer">
        <legend>{words.buyer}</legend>
        <p class="quiet buyer-hint">{words.buyerHint}</p>
        <Field {...field("name")} autocomplete="name" maxLength={16} required />
        <Field {...field("tel")} type="tel" autocomplete="tel" inputMode="tel" maxLength={16} required />
        <Field {...field("email")} type="email" autocomplete="email" maxLength={64} note={words.optional} />
      </fieldset>
      <Choices
        legend={words.method}
        name="pay_method"
        value={method}
        onChange={(chosen) => checkout.change({ ...wish, method: chosen })}
        options={state.pay_methods.map((value) => ({
          value,
          text: nameOf(value, words),
          note: noteOf(value, words),
        }))}
      />
      {hasSdkFailed && (
        <Message tone="bad" isAlert>
          <p>{words.sdkFailed}</p>
        </Message>
      )}
      <div class="pay-go">
        <Button id="pay" type="submit" isWide disabled={!isAwake} isBusy={isOpening}>
          {isOpening ? words.opening : method === "vbank" ? words.getAccount : words.pay(amount)}
        </Button>
        {isOpening && <Reopen onReopen={checkout.reopen} words={words} />}
        {state.status === "awaiting_deposit" && (
          <Button kind="quiet" onClick={checkout.showAccount}>
            {words.showAccount}
          </Button>
        )}
      </div>
    </form>
  );
}

/** For a window that a browser or a blocker keeps from showing: the page must not be a dead end. */
function Reopen({ onReopen, words }: { readonly onReopen: () => void; readonly words: Words }) {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), REOPEN_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <>
      <p class="quiet pay-hint">{words.opened}</p>
      {isLate && (
        <Button kind="quiet" onClick={onReopen}>
          {words.reopen}
        </Button>
      )}
    </>
  );
}

function hintOf({ customer }: CheckoutState, field: BuyerField, words: Words): string | undefined {
  const masked = customer?.[field];
  return masked == null ? undefined : words.known(masked);
}

/** A method that this page has no word for is shown as the shop wrote it. */
export function nameOf(method: string, words: Words): string {
  return (words.methods as Readonly<Record<string, string>>)[method] ?? method;
}

function noteOf(method: string, words: Words): string | undefined {
  return (words.methodNotes as Readonly<Record<string, string>>)[method];
}
