import { hydrate } from "preact";
import type { CheckoutView } from "../../src/http/checkout-schemas.ts";
import { loadFonts } from "../design/load-fonts.ts";
import { CheckoutApp } from "./app.tsx";

const byId = (id: string): HTMLElement => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`Invariant violated: the page has no #${id}`);
  return found;
};

const view: CheckoutView = JSON.parse(byId("view").textContent ?? "");
const language = document.documentElement.lang === "en" ? "en" : "ko";
// A word that an address carries is said once; loaded again, the page says what the server knows.
const chosen = new URLSearchParams(location.search).get("lang");
if (location.search !== "")
  history.replaceState(null, "", chosen === null ? location.pathname : `?lang=${language}`);
hydrate(<CheckoutApp view={view} language={language} />, byId("app"));
performance.mark("interactive");
loadFonts();
