import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Answer } from "./dojang.ts";
import { type EventWorld, openEventWorld } from "./open-event-world.ts";

/** An event world whose shop is asked before a payment is approved. */
export interface ConfirmWorld extends EventWorld {
  /** What the shop's hook was asked, as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read questions freely
  readonly questions: any[];
  /** What it says; yes at first. */
  says: RequestListener;
  confirm(fields: Record<string, unknown>, options?: { isForm?: boolean }): Promise<Answer>;
  /** The types of an order's events. */
  events(order: string): Promise<string[]>;
}

export const yes: RequestListener = (_, response) => response.writeHead(204).end();
export const answers =
  (status: number, body = "", headers = {}): RequestListener =>
  (_, response) =>
    response.writeHead(status, headers).end(body);

export async function openConfirmWorld(env: Record<string, string> = {}): Promise<ConfirmWorld> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    world.questions.push(JSON.parse(body));
    world.says(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/confirm`;
  const inner = await openEventWorld({ DOJANG_CONFIRM_HOOK_URL: url, ...env });
  const { store } = inner.dojang.dojang.deps;
  const world: ConfirmWorld = {
    ...inner,
    questions: [],
    says: yes,
    confirm: (fields, { isForm = false } = {}) =>
      inner.dojang.request("POST", "/payments/confirm", {
        ...(isForm
          ? {
              rawBody: new URLSearchParams(fields as Record<string, string>).toString(),
              headers: { "content-type": "application/x-www-form-urlencoded" },
            }
          : { body: fields }),
      }),
    events: async (order) => (await store.readTimeline(order)).map(({ type }) => type),
    async [Symbol.asyncDispose]() {
      await inner[Symbol.asyncDispose]();
      server.closeAllConnections();
      server.close();
    },
  };
  return world;
}
