/**
 * Who first told of what an order became: the buyer's `browser`; a `webhook`; Dojang's own `look` at an order or `sweep` of the
 * gateway's lists; `reconcile`; the shop's `verify`; the look before a `delivery`; the `registration` of an order that was paid before;
 * an `operator`.
 */
const FINDERS = [
  "browser",
  "webhook",
  "look",
  "sweep",
  "reconcile",
  "verify",
  "delivery",
  "registration",
  "operator",
] as const;

export type FoundBy = (typeof FINDERS)[number];

/** As a task carries it; one that carries nothing is a look of Dojang's own. */
export function readFoundBy(text: unknown): FoundBy {
  return FINDERS.find((known) => known === text) ?? "look";
}
