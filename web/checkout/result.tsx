import type { ComponentChildren, Ref } from "preact";
import type { ShopSign } from "../../src/http/checkout-schemas.ts";
import { Button, ButtonLink } from "../design/button.tsx";
import { CopyButton } from "../design/copy-button.tsx";
import { type Fact, Facts } from "../design/facts.tsx";
import { koreanTimeText, type Language, moneyText } from "../design/language.ts";
import { Message } from "../design/message.tsx";
import { BlankSeal, Seal } from "../design/seal.tsx";
import type { Screen } from "./screen.ts";
import { titleOf } from "./title-of.ts";
import type { Checkout } from "./use-checkout.ts";
import type { Words } from "./words.ts";

interface ResultProps {
  readonly shopSign: ShopSign;
  readonly checkout: Checkout;
  readonly words: Words;
  readonly language: Language;
  readonly headingRef: Ref<HTMLHeadingElement>;
}

/** Looks at a screen that waits before another try is offered. */
const LOOKS_BEFORE_RETRY = 4;

/** Every screen but the form: what came of it, what to know, what to do next. */
export function Result({ shopSign, checkout, words, language, headingRef }: ResultProps) {
  const { screen, state, isUnreachable } = checkout;
  return (
    <section
      class="card result"
      data-screen={screen}
      aria-busy={screen === "checking" || screen === "preparing"}
    >
      <Emblem screen={screen} words={words} />
      <h1 ref={headingRef} tabIndex={-1}>
        {titleOf(screen, words)}
      </h1>
      <p class="result-text">{textOf(checkout, words)}</p>
      {isUnreachable && (
        <Message tone="warn">
          <p>{words.unreachable}</p>
        </Message>
      )}
      <Reason checkout={checkout} words={words} />
      {screen === "account" && <Account checkout={checkout} words={words} language={language} />}
      <Facts id="order" rows={factsOf(checkout, { shopSign, words, language })} />
      <Actions checkout={checkout} words={words}>
        {state.receipt_url !== null && (
          <ButtonLink kind="plain" href={state.receipt_url} target="_blank" rel="noopener noreferrer">
            {words.receipt} <span class="unseen">({words.newWindow})</span>
          </ButtonLink>
        )}
      </Actions>
    </section>
  );
}

/** What nobody has put a seal on. */
const UNSEALED: readonly Screen[] = ["failed", "forgery", "closed", "cancelled", "expired", "unavailable"];

function Emblem({ screen, words }: { readonly screen: Screen; readonly words: Words }) {
  if (screen === "paid") return <Seal says={words.verified} isFresh />;
  if (screen === "checking" || screen === "preparing")
    return <span class="result-spinner" aria-hidden="true" />;
  return UNSEALED.includes(screen) ? <BlankSeal /> : null;
}

function textOf({ screen, attempt, looks }: Checkout, words: Words): string {
  switch (screen) {
    case "form":
      return "";
    case "checking":
      return (attempt.kind === "checking" && attempt.isSlow) || looks > LOOKS_BEFORE_RETRY
        ? words.checkingSlow
        : words.checkingText;
    case "partly_refunded":
      return words.partlyRefundedText;
    case "cancelled":
    case "expired":
      return words.endedText;
    default:
      return words[`${screen}Text`];
  }
}

/** The PG's own words for a failure: from outside, so they are text and nothing else. */
function Reason({
  checkout: { attempt, screen },
  words,
}: {
  readonly checkout: Checkout;
  readonly words: Words;
}) {
  if (screen !== "failed" || attempt.kind !== "ended" || attempt.reason === undefined) return null;
  return (
    <Message tone="bad" id="reason">
      <p>
        {words.reason}: {attempt.reason}
      </p>
    </Message>
  );
}

/** Where the money is to go. */
function Account({
  checkout: { state },
  words,
  language,
}: Pick<ResultProps, "checkout" | "words" | "language">) {
  const { virtual_account: account } = state;
  if (account === null) return null;
  const copyWords = { copy: words.copy, copied: words.copied, notCopied: words.notCopied };
  return (
    <section class="account" aria-label={words.accountBox}>
      <p class="account-bank">{account.vbank_name}</p>
      <p class="account-number">
        <span class="unseen">{words.accountNumber} </span>
        <span class="number">{account.vbank_num}</span>
        <CopyButton text={account.vbank_num} what={words.copyNumber} words={copyWords} />
      </p>
      <Facts
        rows={[
          account.vbank_holder !== null && [words.holder, account.vbank_holder],
          [words.amount, <strong>{moneyText(state.amount, state.currency, language)}</strong>],
          [words.due, `${koreanTimeText(account.vbank_date, language)} (${words.koreaTime})`],
        ]}
      />
      <p class="account-waits">
        <span class="pulse" aria-hidden="true" />
        {words.waiting}
      </p>
    </section>
  );
}

function factsOf(
  { state, screen }: Checkout,
  { shopSign, words, language }: Pick<ResultProps, "shopSign" | "words" | "language">,
): (Fact | false)[] {
  const money = (amount: number) => moneyText(amount, state.currency, language);
  return [
    [words.order, state.name],
    screen !== "account" && [words.amount, money(state.amount)],
    state.refunded_amount > 0 && [words.refundedAmount, money(state.refunded_amount)],
    state.paid_at !== null && [
      words.paidAt,
      `${koreanTimeText(state.paid_at, language)} (${words.koreaTime})`,
    ],
    [words.orderNumber, <span class="mono">{state.merchant_uid}</span>],
    shopSign.contact !== undefined && [words.contact, shopSign.contact],
  ];
}

/** Screens from which the same order can be tried again while it is open. */
const TRIED: readonly Screen[] = ["failed", "forgery", "closed"];

function Actions({
  checkout,
  words,
  children,
}: {
  readonly checkout: Checkout;
  readonly words: Words;
  readonly children: ComponentChildren;
}) {
  const { screen, state, looks, canPay } = checkout;
  const isOpen = state.status === "pending" || state.status === "awaiting_deposit";
  const isTried = TRIED.includes(screen) || (screen === "checking" && looks >= LOOKS_BEFORE_RETRY);
  const mayRetry = isOpen && canPay && isTried;
  return (
    <div class="actions">
      {mayRetry && (
        <>
          {screen === "checking" && <p class="quiet">{words.checkingRetry}</p>}
          <Button id="again" kind={screen === "failed" ? "main" : "plain"} onClick={checkout.again}>
            {words.again}
          </Button>
        </>
      )}
      {screen === "account" && canPay && (
        <Button kind="plain" onClick={checkout.again}>
          {words.otherMethod}
        </Button>
      )}
      {state.status === "awaiting_deposit" && isTried && (
        <Button kind="plain" onClick={checkout.showAccount}>
          {words.showAccount}
        </Button>
      )}
      {children}
      {state.return_url !== null && (
        <ButtonLink kind={screen === "paid" ? "main" : "plain"} href={state.return_url}>
          {words.back}
        </ButtonLink>
      )}
    </div>
  );
}
