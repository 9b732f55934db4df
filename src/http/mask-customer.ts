import type { Customer, Metadata } from "../domain/order.ts";
import type { VirtualAccount } from "../domain/payment.ts";

/**
 * What a page shows of the customer: enough to recognise one's own, too little to learn another's. Knowing an order's id is the right to
 * see its page, and an id travels further than a phone number should.
 */
export function maskCustomer({ name, email, tel }: Customer): MaskedCustomer | undefined {
  const masked = {
    name: name === undefined ? null : maskName(name),
    email: email === undefined ? null : maskEmail(email),
    tel: tel === undefined ? null : maskTel(tel),
  };
  return Object.values(masked).every((text) => text === null) ? undefined : masked;
}

interface MaskedCustomer {
  readonly name: string | null;
  readonly email: string | null;
  readonly tel: string | null;
}

/** How many stars stand for anything: their number says nothing of its length. */
const STARS = "**";

/** 홍길동 is 홍**, Kim is K**. */
function maskName(name: string): string {
  const [first = ""] = new Intl.Segmenter("ko").segment(name.trim());
  return (typeof first === "string" ? first : first.segment) + STARS;
}

/** The last four digits are what people know their number by. */
function maskTel(tel: string): string {
  return `${STARS}${tel.replaceAll(/[^0-9]/g, "").slice(-4)}`;
}

/** hong@example.com is h**@e**. */
function maskEmail(email: string): string {
  const at = email.lastIndexOf("@");
  return `${maskName(email.slice(0, at))}@${maskName(email.slice(at + 1))}`;
}

/** The names stay: they are the shop's. */
export function maskMetadata(metadata: Metadata): Metadata {
  return Object.fromEntries(Object.keys(metadata).map((name) => [name, STARS]));
}

/** The bank stays: an account at it is anybody's. */
export function maskAccount<Account extends VirtualAccount>(account: Account): Account {
  const { number, holder } = account;
  return {
    ...account,
    number: maskTel(number),
    ...(holder === undefined ? {} : { holder: maskName(holder) }),
  };
}
