import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { readCheckout } from "./checkout-request.ts";
import { createDojangClient, type Order } from "./dojang.ts";
import { type ShopEvent, takeEvent } from "./events.ts";
import { createOrderBook, type OrderBook } from "./order-book.ts";
import { PRODUCTS } from "./products.ts";
import { staffRoutes } from "./staff.ts";
import { createStock } from "./stock.ts";
import { answer, type Route, readJson, ShopError, securityHeaders } from "./web.ts";

export interface ShopOptions {
  port: number;
  host: string;
  /** Where buyers reach this shop. Default: http://host:port. */
  publicUrl?: string;
  /** Where buyers' browsers reach Dojang. Its DOJANG_ALLOWED_ORIGINS must name this shop's origin. */
  dojangUrl: string;
  /** Where this server reaches Dojang's shop side, when it listens on a private port. Default: dojangUrl. */
  dojangApiUrl?: string;
  dojangApiKey: string;
  /** The payment SDK: https://cdn.iamport.kr/v1/iamport.js, or the emulator's. */
  sdkUrl: string;
  /** The merchant code for IMP.init(). Not a secret. */
  userCode: string;
  /** The PG channel that the buyer pays through. */
  channelKey?: string;
  /** `whsec_...`: Dojang's DOJANG_EVENTS_SECRET. Without it the shop takes no events, and ships nothing. */
  eventsSecret?: string;
  /** Whether i'mport asks Dojang, and Dojang this shop, before it approves: an option of the i'mport account. */
  confirms?: boolean;
  /** Pieces by product. Default: what products.ts says. */
  stock?: Readonly<Record<string, number>>;
  /** Opens /staff, where orders are cancelled and refunded. Without it there is no such page. */
  staffPassword?: string;
}

/** Where Dojang's DOJANG_EVENTS_URL leads: this path at the shop's address. */
export const EVENTS_PATH = "/dojang/events";
/** And its DOJANG_CONFIRM_HOOK_URL here. */
export const CONFIRM_PATH = "/dojang/confirm";

/** Starts the shop. The orders are Dojang's, and a cookie says whose they are; what was told and shipped is forgotten with the process. */
export async function startShop(options: ShopOptions): Promise<{ url: string; close(): Promise<void> }> {
  const { host, port } = options;
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host.includes(":") ? `[${host}]` : host;
  const url = options.publicUrl ?? `http://${name}:${(server.address() as AddressInfo).port}`;
  const { eventsSecret, staffPassword } = options;
  const book = createOrderBook();
  const site = {
    url,
    routes: shopRoutes({ options, book }, url),
    headers: securityHeaders(options),
    ...(staffPassword === undefined ? {} : { staffPassword }),
  };
  const webhook = eventsSecret === undefined ? undefined : new Webhook(eventsSecret);
  const pieces = options.stock ?? Object.fromEntries(PRODUCTS.map((product) => [product.id, product.stock]));
  const stock = createStock(pieces);
  const dojang = dojangOf(options);
  const onEvent = async (webhookId: string, event: ShopEvent) => {
    book.note(webhookId, event);
    const { merchant_uid: id } = event.data;
    if (event.type === "order.paid" && id !== undefined) stock.sell(id);
    return undefined;
  };
  const onConfirm = async (_: string, { data: { merchant_uid: id = "" } }: ShopEvent) => {
    const { product = "", quantity = 0 } = (await dojang.readOrder(id))?.metadata ?? {};
    const isThere = quantity > 0 && stock.keep(id, { product, quantity }, Date.now());
    return isThere ? undefined : "재고 부족";
  };
  const signed = new Map([
    [EVENTS_PATH, onEvent],
    [CONFIRM_PATH, onConfirm],
  ]);
  server.on("request", (request, response) => {
    const taken = request.method === "POST" ? signed.get(request.url ?? "") : undefined;
    const answered =
      webhook !== undefined && taken !== undefined
        ? takeEvent({ request, response }, { webhook, onEvent: taken })
        : answer({ request, response, site });
    answered.catch((error: unknown) => {
      console.error("shop:", error);
      response.destroy();
    });
  });
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function dojangOf({ dojangUrl, dojangApiUrl = dojangUrl, dojangApiKey }: ShopOptions) {
  return createDojangClient({ url: dojangApiUrl, apiKey: dojangApiKey });
}

/** The shop's own small API, for its pages. */
function shopRoutes({ options, book }: { options: ShopOptions; book: OrderBook }, shopUrl: string): Route[] {
  const { dojangUrl, sdkUrl, userCode, channelKey } = options;
  const dojang = dojangOf(options);

  /** What the page hands to IMP.request_pay(). The amount is shown, not trusted: Dojang compares what was really paid. */
  const paymentFor = (order: Order, payMethod: string) => ({
    ...(channelKey === undefined ? {} : { channelKey }),
    pay_method: payMethod,
    merchant_uid: order.merchant_uid,
    name: order.name,
    amount: order.amount,
    currency: order.currency,
    buyer_name: order.customer?.name ?? "",
    buyer_tel: order.customer?.tel ?? "",
    buyer_email: order.customer?.email ?? "",
    // A virtual account must not outlive the order.
    vbank_due: koreanTime(order.pay_by),
    // On a phone the whole page leaves for the payment window and comes back through Dojang to /result.
    m_redirect_url: `${dojangUrl}/payments/redirect`,
    ...(options.confirms ? { confirm_url: `${dojangUrl}/payments/confirm` } : {}),
  });

  /** What Dojang told of the order, as far as it is the buyer's business, and when it was shipped. */
  const notesOn = ({ merchant_uid }: Order) => {
    if (options.eventsSecret === undefined) return {};
    const { events, shippedAt } = book.of(merchant_uid);
    return { told: events.filter(({ type }) => type.startsWith("order.")), shipped_at: shippedAt };
  };

  return [
    ...staffRoutes(dojang),
    ["GET", /^\/api\/shop$/, async () => ({ products: PRODUCTS, dojangUrl, sdkUrl, userCode })],
    [
      "POST",
      /^\/api\/checkout$/,
      async (request, { customerId = "" }) => {
        const { product, quantity, payMethod, buyer } = readCheckout(await readJson(request));
        const order = await dojang.createOrder({
          name: quantity === 1 ? product.name : `${product.name} ${quantity}개`,
          amount: product.price * quantity, // the price of record is decided here
          customer: { id: customerId, ...buyer },
          return_url: `${shopUrl}/result`,
          metadata: { product: product.id, quantity },
        });
        return paymentFor(order, payMethod);
      },
    ],
    [
      "GET",
      /^\/api\/orders$/,
      async (_, { customerId = "" }) =>
        (await dojang.listOrders(customerId)).map((order) => ({ ...forBuyer(order), ...notesOn(order) })),
    ],
    [
      "GET",
      /^\/api\/orders\/(?<merchantUid>[A-Za-z0-9_-]{8,40})$/,
      async (_, { merchantUid = "", customerId }) => {
        const order = await dojang.readOrder(merchantUid);
        // Somebody else's order is as good as none.
        if (!order || order.customer?.id !== customerId) throw new ShopError(404, "order_not_found");
        // An order that nobody paid can be tried again, under its own number.
        return {
          ...forBuyer(order),
          ...notesOn(order),
          payment: order.status === "pending" ? paymentFor(order, "card") : null,
        };
      },
    ],
  ];
}

/** The part of an order that its buyer's page needs. */
function forBuyer(order: Order) {
  const {
    merchant_uid,
    status,
    name,
    amount,
    currency,
    virtual_account,
    refunded_amount,
    created_at,
    paid_at,
    pay_by,
  } = order;
  return {
    merchant_uid,
    status,
    name,
    amount,
    currency,
    virtual_account,
    refunded_amount,
    created_at,
    paid_at,
    pay_by,
  };
}

/** `YYYY-MM-DD HH:mm:ss` in Korea, as i'mport's vbank_due wants it. */
function koreanTime(timestamp: string): string {
  return new Date(timestamp).toLocaleString("sv-SE", { timeZone: "Asia/Seoul" });
}
