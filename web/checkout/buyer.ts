/** What the buyer types for the payment window. It goes to i'mport, and never to Dojang. */
export interface Buyer {
  readonly name: string;
  readonly tel: string;
  readonly email: string;
}

export type BuyerField = keyof Buyer;

/** i'mport's columns hold 16, 16 and 64 characters. Source: docs/iamport-v1.md 4. */
const RULES: Readonly<Record<BuyerField, RegExp>> = {
  name: /^\S.{0,15}$/u,
  tel: /^\+?[0-9][0-9 -]{7,14}$/,
  // Many a PG asks for none.
  email: /^$|^(?=.{3,64}$)[^\s@]+@[^\s@]+\.[^\s@]+$/,
};

/** The fields that cannot be sent as they are, in the order in which they stand. */
export function wrongFields(buyer: Buyer): BuyerField[] {
  const fields: readonly BuyerField[] = ["name", "tel", "email"];
  return fields.filter((field) => !RULES[field].test(buyer[field].trim()));
}

const KEPT_UNDER = "buyer";
export const NOBODY: Buyer = { name: "", tel: "", email: "" };

/** What was typed in this tab before: a phone leaves for the payment window and comes back to another page. */
export function keptBuyer(): Buyer {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT_UNDER) ?? "{}") as Partial<
      Record<BuyerField, unknown>
    >;
    const text = (field: BuyerField) => (typeof kept[field] === "string" ? kept[field] : "");
    return { name: text("name"), tel: text("tel"), email: text("email") };
  } catch {
    return NOBODY; // no storage, or somebody else's text in it
  }
}

/** Kept with the tab; `undefined` forgets it. */
export function keepBuyer(buyer: Buyer | undefined): void {
  try {
    if (buyer === undefined) sessionStorage.removeItem(KEPT_UNDER);
    else sessionStorage.setItem(KEPT_UNDER, JSON.stringify(buyer));
  } catch {
    // A browser without storage: it is typed again.
  }
}
