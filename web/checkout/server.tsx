import type { CheckoutRenderer } from "../../src/http/checkout-schemas.ts";
import { CheckoutApp, NotFound } from "./app.tsx";
import { renderDocument } from "./document.tsx";
import { firstAttempt, screenOf } from "./screen.ts";
import { titleOf } from "./title-of.ts";
import { WORDS } from "./words.ts";

/** What the server renders with: the first paint needs no script. */
export const renderCheckout: CheckoutRenderer["renderCheckout"] = (view, { language, assets }) => {
  const { state, sdk, word } = view;
  const screen = screenOf({ state, attempt: firstAttempt(word), canPay: sdk !== undefined });
  return renderDocument({
    language,
    assets,
    title: `${titleOf(screen, WORDS[language])} · ${state.name}`,
    data: view,
    children: <CheckoutApp view={view} language={language} />,
  });
};

export const renderNotFound: CheckoutRenderer["renderNotFound"] = (shopSign, { language, assets }) =>
  renderDocument({
    language,
    assets,
    title: WORDS[language].notFound,
    children: <NotFound shopSign={shopSign} language={language} />,
  });
