import type { Order } from "./dojang.ts";

export type Words = readonly [korean: string, english: string];

/** What the shop sells. Prices, in whole won, are the server's: no browser is asked what something costs. */
export const PRODUCTS = [
  { id: "teacup", name: "분청 찻잔", english: "Buncheong tea cup", price: 24_000, pieces: 20 },
  { id: "inkstone", name: "남포 벼루", english: "Nampo inkstone", price: 48_000, pieces: 60 },
];

export const STATES = {
  pending: ["아직 결제하지 않았습니다", "Not paid yet"],
  awaiting_deposit: ["입금을 기다리고 있습니다", "Waiting for your transfer"],
  paid: ["결제가 확인되었습니다", "Payment verified"],
  partially_refunded: ["일부 환불되었습니다", "Partly refunded"],
  refunded: ["환불되었습니다", "Refunded"],
  cancelled: ["취소된 주문입니다", "Cancelled"],
  expired: ["기한이 지난 주문입니다", "Expired"],
} as const satisfies Record<string, Words>;

const won = (amount: number) => `${amount.toLocaleString("ko-KR")}원`;
const timeOf = (text: string) =>
  `<time datetime="${text}">${new Date(text).toLocaleString("ko-KR", { timeZone: "Asia/Seoul" })}</time>`;
const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const both = ([korean, english]: Words) => `${korean} <small lang="en">${english}</small>`;

/** A whole page, without any script: the buyer pays at Dojang's checkout. */
export const pageOf = (title: Words, body = "", staffUrl?: string) => `<!doctype html>
<html lang="ko"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title.join(" · ")}</title><link rel="icon" href="/mark.svg"><link rel="stylesheet" href="/shop.css"></head>
<body><header><a href="/"><img src="/mark.svg" alt="">${both(["먹과 종이", "Ink &amp; Paper"])}</a></header>
<main><h1>${both(title)}</h1>${body}</main>
<footer><p>${both(["예제 상점입니다. 물건도 돈도 오가지 않습니다.", "An example: no goods, no money."])}</p>
${staffUrl ? `<a href="${staffUrl}">${both(["환불과 취소는 콘솔에서", "Refunds: the staff's console"])}</a>` : ""}</footer></body></html>`;

const product = ({ id, name, english, price }: (typeof PRODUCTS)[number]) =>
  `<li><img src="/${id}.svg" alt=""><h2>${both([name, english])}</h2><form method="post" action="/buy">
<strong>${won(price)}</strong><button name="product" value="${id}">${both(["구매하기", "Buy"])}</button></form></li>`;

const ownOrder = ({ merchant_uid: id, name, amount, status }: Order) =>
  `<div><dt><a href="/order?merchant_uid=${id}">${escaped(name)}</a> ${won(amount)}</dt><dd>${both(STATES[status])}</dd></div>`;

export const shelf = (own: readonly Order[]) => `<ul>${PRODUCTS.map(product).join("")}</ul>
${own.length > 0 ? `<h2>${both(["내 주문", "My orders"])}</h2><dl>${own.map(ownOrder).join("")}</dl>` : ""}`;

const fact = (name: Words, value: string) => `<div><dt>${both(name)}</dt><dd>${value}</dd></div>`;

/** One order: what Dojang says of the money, and what the shop did. */
export function orderFacts(order: Order, shippedAt?: string): string {
  const { status } = order;
  const account = status === "awaiting_deposit" ? order.virtual_account : null;
  return `<dl>${fact(["상품", "Item"], escaped(order.name))}${fact(["금액", "Amount"], won(order.amount))}
${account ? fact(["입금 계좌", "Account"], escaped(`${account.vbank_name} ${account.vbank_num}`)) : ""}
${account ? fact(["입금 기한", "Due"], timeOf(account.vbank_date)) : ""}
${order.refunded_amount ? fact(["환불", "Refunded"], won(order.refunded_amount)) : ""}
${fact(["발송", "Shipped"], shippedAt ? timeOf(shippedAt) : "–")}${fact(["주문 번호", "Order"], order.merchant_uid)}</dl>
${status === "pending" ? `<a class="button" href="${escaped(order.checkout_url)}">${both(["결제하기", "Pay"])}</a>` : ""}`;
}
