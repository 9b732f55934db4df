import type { Ref } from "preact";
import type { CheckoutState, ShopSign } from "../../src/http/checkout-schemas.ts";
import { Facts } from "../design/facts.tsx";
import { koreanTimeText, type Language, moneyText } from "../design/language.ts";
import type { Words } from "./words.ts";

interface OrderSummaryProps {
  readonly shopSign: ShopSign;
  readonly state: CheckoutState;
  readonly words: Words;
  readonly language: Language;
  readonly headingRef: Ref<HTMLHeadingElement>;
}

/** What is to be paid: the name and the amount of record. */
export function OrderSummary({ shopSign, state, words, language, headingRef }: OrderSummaryProps) {
  return (
    <section class="summary">
      <h1 ref={headingRef} tabIndex={-1}>
        <span class="quiet summary-what">{words.order}</span> {state.name}
      </h1>
      <p class="amount">
        <span class="unseen">{words.amount} </span>
        {moneyText(state.amount, state.currency, language)}
      </p>
      <Facts
        rows={[
          shopSign.name !== undefined && [words.shop, shopSign.name],
          [words.payBy, `${koreanTimeText(state.pay_by, language)} (${words.koreaTime})`],
          [words.orderNumber, <span class="mono">{state.merchant_uid}</span>],
        ]}
      />
    </section>
  );
}
