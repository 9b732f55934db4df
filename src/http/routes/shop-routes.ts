import type { FastifyInstance } from "fastify";
import type { HttpDeps } from "../http-deps.ts";
import { audit } from "./audit.ts";
import { deliveries } from "./deliveries.ts";
import { discrepancies } from "./discrepancies.ts";
import { events } from "./events.ts";
import { orderCancel } from "./order-cancel.ts";
import { orderFollowUp } from "./order-follow-up.ts";
import { orderRefunds } from "./order-refunds.ts";
import { orders } from "./orders.ts";
import { reconcile } from "./reconcile.ts";
import { reports } from "./reports.ts";
import { tasks } from "./tasks.ts";

/**
 * `/v1`, as far as the shop and its operators share it. Whoever registers it says who may call: a hook of the scope sets
 * `request.callerId`, or refuses.
 */
export async function shopRoutes(app: FastifyInstance, http: HttpDeps): Promise<void> {
  await orders(app, http);
  await orderFollowUp(app, http);
  await orderRefunds(app, http);
  // biome-ignore lint/nursery/noMisusedPromises: Fastify awaits plugins that return a promise
  await app.register(orderCancel, http);
  await discrepancies(app, http);
  await deliveries(app, http);
  await audit(app, http);
  await reports(app, http);
  await tasks(app, http);
  await reconcile(app, http);
  await events(app, http);
}
