import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import fastifyCookie from "@fastify/cookie";
import fastifyStatic from "@fastify/static";
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import { type Order, openDojang, readSigned } from "./dojang.ts";
import { orderFacts, PRODUCTS, pageOf, STATES, shelf, type Words } from "./pages.ts";
import { createStock } from "./stock.ts";

export interface ShopOptions {
  host: string;
  port: number;
  /** Where Dojang's `/v1` is, and a key that it takes. */
  dojang: { url: string; apiKey: string };
  /** `whsec_...`: Dojang's DOJANG_EVENTS_SECRET. */
  eventsSecret: string;
  /** Where the footer sends the shop's staff. */
  staffUrl?: string;
}

/** Dojang's DOJANG_EVENTS_URL and DOJANG_CONFIRM_HOOK_URL lead here. */
export const EVENTS_PATH = "/dojang/events";
export const CONFIRM_PATH = "/dojang/confirm";

const BODY_BYTES_MAX = 64 * 1024;
const LOOK_AGAIN_AFTER_S = 2;
const PUBLIC = fileURLToPath(new URL("./public/", import.meta.url));
const HEADERS = {
  "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cache-control": "no-store", // the back button shows what is true now
};

/** Starts the shop. Its origin must stand in DOJANG_ALLOWED_ORIGINS. */
export async function startShop(options: ShopOptions): Promise<{ url: string; close(): Promise<void> }> {
  const app = Fastify({ bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true });
  // Bodies stay as they came: that is what Dojang signed.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, async (_: unknown, body: string) => body);
  // The cookie, and the way back from Dojang, know this shop by one origin: localhost and 127.0.0.1 are two.
  app.addHook("onRequest", async (request, reply) => {
    const { pathname, search } = new URL(request.url, app.listeningOrigin);
    reply.headers(HEADERS);
    if (request.host !== new URL(app.listeningOrigin).host)
      return reply.redirect(app.listeningOrigin + pathname + search, 307);
  });
  const show = (reply: FastifyReply, title: Words, body?: string) =>
    reply.type("text/html; charset=utf-8").send(pageOf(title, body, options.staffUrl));
  app.setNotFoundHandler((_, reply) => show(reply.code(404), ["없는 페이지입니다", "There is no such page"]));
  app.setErrorHandler((error: FastifyError, _, reply) => {
    console.error("shop:", error.message, error.cause ?? ""); // Dojang's own words stay in the log
    return show(reply.code(error.statusCode ?? 502), ["잠시 뒤 다시 시도해 주세요", "Please try again soon"]);
  });
  await app.register(fastifyCookie);
  await app.register(fastifyStatic, { root: PUBLIC, wildcard: false });
  // Forgotten with the process: a real shop has a table.
  const shippedAt = new Map<string, string>();
  const shop: Shop = { app, ask: openDojang(options.dojang), shippedAt, show };
  addBuyersRoutes(shop);
  addDojangsRoutes(shop, options.eventsSecret);
  return { url: await app.listen(options), close: () => app.close() };
}

interface Shop {
  app: FastifyInstance;
  ask: ReturnType<typeof openDojang>;
  shippedAt: Map<string, string>;
  show(reply: FastifyReply, title: Words, body?: string): FastifyReply;
}

function addBuyersRoutes({ app, ask, shippedAt, show }: Shop): void {
  app.get("/", async (request, reply) => {
    const own = await ask<{ data: Order[] }>(`/orders?limit=5&customer=${customerOf(request, reply)}`);
    return show(reply, ["쓰고 마시는 것들", "To write with, to drink from"], shelf(own?.data ?? []));
  });

  /** Has Dojang freeze what is due, and sends the buyer to its checkout. The form names a product; what it costs is decided here. */
  app.post("/buy", async (request, reply) => {
    const wanted = new URLSearchParams(String(request.body)).get("product");
    const product = PRODUCTS.find(({ id }) => id === wanted);
    if (!product) return show(reply.code(400), ["없는 상품입니다", "There is no such product"]);
    const order = await ask<Order>("/orders", {
      name: product.name,
      amount: product.price,
      customer: { id: customerOf(request, reply) }, // with `tel`, Dojang texts the number of an account there
      return_url: `${app.listeningOrigin}/order`,
      metadata: { product: product.id },
    });
    if (!order) throw new Error("There is no /v1 at Dojang's address");
    return reply.redirect(order.checkout_url, 303);
  });

  /** The buyer's own order; anybody else's is as good as none. The address proves nothing: the order says whether it is paid. */
  app.get<{ Querystring: { merchant_uid?: string } }>("/order", async (request, reply) => {
    const order = await ask<Order>(`/orders/${encodeURIComponent(String(request.query.merchant_uid))}`);
    if (order?.customer?.id !== customerOf(request, reply)) return reply.callNotFound();
    const shipped = shippedAt.get(order.merchant_uid);
    const isOnItsWay = order.status === "awaiting_deposit" || (order.status === "paid" && !shipped);
    if (isOnItsWay) reply.header("refresh", LOOK_AGAIN_AFTER_S);
    return show(reply, STATES[order.status], orderFacts(order, shipped));
  });
}

/** The buyer, by a cookie that nobody can guess. A real shop has a login here. */
function customerOf({ cookies }: FastifyRequest, reply: FastifyReply): string {
  if (/^c_[0-9a-f]{32}$/.test(cookies["customer"] ?? "")) return String(cookies["customer"]);
  const id = `c_${randomBytes(16).toString("hex")}`;
  reply.setCookie("customer", id, { path: "/", maxAge: 365 * 86_400, httpOnly: true, sameSite: "lax" });
  return id;
}

function addDojangsRoutes({ app, ask, shippedAt }: Shop, secret: string): void {
  const stock = createStock(new Map(PRODUCTS.map(({ id, pieces }) => [id, pieces])));
  const handled = new Set<string>();

  /** Ships on `order.paid` alone. An event comes at least once, always under one webhook-id. */
  app.post(EVENTS_PATH, async (request, reply) => {
    const event = readSigned(request, secret);
    if (!event) return reply.code(401).send();
    const { merchant_uid: id } = event.data;
    const eventId = String(request.headers["webhook-id"]);
    // A real shop remembers the event in the transaction that does the work: then this ships once, whatever happens.
    if (event.type === "order.paid" && id !== undefined && !handled.has(eventId)) {
      shippedAt.set(id, new Date().toISOString());
      stock.sell(id);
    }
    handled.add(eventId);
    return reply.code(204).send();
  });

  /** May this payment be approved? 409 tells the buyer why not, and no money moves. */
  app.post(CONFIRM_PATH, async (request, reply) => {
    const question = readSigned(request, secret);
    if (question?.type !== "payment.confirm") return reply.code(401).send();
    const { merchant_uid: id = "" } = question.data;
    const order = await ask<Order>(`/orders/${encodeURIComponent(id)}`);
    const product = order?.metadata.product;
    // An order that was registered by hand takes nothing from the shelf.
    if (order && (product === undefined || stock.keep(id, product, Date.now())))
      return reply.code(204).send();
    return reply
      .code(409)
      .type("application/json")
      .send(JSON.stringify({ reason: "재고 부족" }));
  });
}
