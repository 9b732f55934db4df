import { useEffect, useRef, useState } from "preact/hooks";
import type { CheckoutView, ShopSign } from "../../src/http/checkout-schemas.ts";
import { type Language, moneyText } from "../design/language.ts";
import { LanguageSwitch } from "../design/language-switch.tsx";
import { BlankSeal } from "../design/seal.tsx";
import { Frame } from "./frame.tsx";
import { OrderSummary } from "./order-summary.tsx";
import { PaymentForm } from "./payment-form.tsx";
import { Result } from "./result.tsx";
import type { Screen } from "./screen.ts";
import { titleOf } from "./title-of.ts";
import { type Checkout, useCheckout } from "./use-checkout.ts";
import { WORDS, type Words } from "./words.ts";

interface AppProps {
  readonly view: CheckoutView;
  readonly language: Language;
}

/** The hosted checkout: one order, from its amount to whatever came of it. */
export function CheckoutApp({ view, language: given }: AppProps) {
  const [language, setLanguage] = useState(given);
  const words = WORDS[language];
  const checkout = useCheckout(view);
  const { screen, state } = checkout;
  const heading = useHeading(screen);
  const title = titleOf(screen, words);
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = `${title} · ${state.name}`;
  }, [language, title]);
  const change = (chosen: Language) => {
    // Kept for the page that a phone comes back to. It says nothing but the language.
    const secure = location.protocol === "https:" ? "; Secure" : "";
    // biome-ignore lint/suspicious/noDocumentCookie: every browser has it, also on a page without TLS
    document.cookie = `lang=${chosen}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    history.replaceState(null, "", location.pathname);
    setLanguage(chosen);
  };
  return (
    <Frame
      words={words}
      isSandbox={view.isSandbox}
      shopSign={view.shopSign}
      languages={<LanguageSwitch language={language} onChange={change} />}
    >
      {screen === "form" ? (
        <div class="columns">
          <OrderSummary
            shopSign={view.shopSign}
            state={state}
            words={words}
            language={language}
            headingRef={heading}
          />
          <PaymentForm
            checkout={checkout}
            words={words}
            amount={moneyText(state.amount, state.currency, language)}
          />
        </div>
      ) : (
        <Result
          shopSign={view.shopSign}
          checkout={checkout}
          words={words}
          language={language}
          headingRef={heading}
        />
      )}
      <p class="unseen" role="status">
        {saidOf(checkout, { words, title })}
      </p>
    </Frame>
  );
}

/** The page of an order that is not here. It says nothing about any that is. */
export function NotFound({
  shopSign,
  language,
}: {
  readonly shopSign: ShopSign;
  readonly language: Language;
}) {
  const words = WORDS[language];
  return (
    <Frame words={words} isSandbox={false} shopSign={shopSign}>
      <section class="card result">
        <BlankSeal />
        <h1>{words.notFound}</h1>
        <p class="result-text">{words.notFoundText}</p>
      </section>
    </Frame>
  );
}

/** What is read out: what this page turned into. */
function saidOf(
  { attempt, screen, isUnreachable }: Checkout,
  { words, title }: { words: Words; title: string },
): string {
  if (isUnreachable) return words.unreachable;
  if (attempt.kind === "opening") return words.opened;
  return screen === "form" ? "" : title;
}

/** Screens that change by themselves: a reader who waits there is told, and not moved. */
const WAITING: readonly Screen[] = ["account", "preparing"];

/** The heading of the screen, which takes the focus once the buyer's own act has led to another one. */
function useHeading(screen: Screen) {
  const heading = useRef<HTMLHeadingElement>(null);
  const before = useRef(screen);
  useEffect(() => {
    const hasChanged = before.current !== screen;
    if (hasChanged && !WAITING.includes(before.current)) heading.current?.focus();
    before.current = screen;
  }, [screen]);
  return heading;
}
