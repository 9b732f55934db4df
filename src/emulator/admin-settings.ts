import type { FastifyInstance } from "fastify";
import type { Emulator } from "./emulator.ts";
import { SWITCH_VALUES, type Switches } from "./switches.ts";

const SWITCHES = {
  body: { type: "object", additionalProperties: false, properties: SWITCH_VALUES },
};
const WEBHOOKS = {
  body: {
    type: "object",
    additionalProperties: false,
    properties: {
      url: { type: ["string", "null"], pattern: "^https?://" },
      format: { enum: ["json", "form"] },
      auto: { type: "boolean" },
    },
  },
};
const ADVANCE = {
  body: {
    type: "object",
    additionalProperties: false,
    required: ["ms"],
    properties: { ms: { type: "integer" } },
  },
};
const DELAY = {
  body: {
    type: "object",
    additionalProperties: false,
    required: ["ms"],
    properties: { ms: { type: "integer", minimum: 0 } },
  },
};

/** Switches, logs, webhook settings, time, and a fresh start. */
export function registerAdminSettings(api: FastifyInstance, emulator: Emulator): void {
  const { model, requests, webhooks } = emulator;
  api.get("/", () => ({
    url: emulator.url,
    userCode: emulator.userCode,
    impKey: emulator.impKey,
    impSecret: emulator.impSecret,
    seed: emulator.seed,
    now: model.clock.nowMs(),
    channels: model.merchant(emulator.userCode).channels,
    webhooks: { url: webhooks.url ?? null, format: webhooks.format, auto: webhooks.auto },
    delayMs: emulator.delayMs,
  }));
  api.get("/switches", () => model.switches);
  api.post<{ Body: Partial<Switches> }>("/switches", { schema: SWITCHES }, (request) =>
    Object.assign(model.switches, request.body),
  );
  api.get("/requests", () => requests.entries);
  api.delete("/requests", () => {
    requests.clear();
    return { cleared: true };
  });
  api.get("/webhooks", () => webhooks.sent);
  api.post<{ Body: { url?: string | null; format?: "json" | "form"; auto?: boolean } }>(
    "/webhooks/settings",
    { schema: WEBHOOKS },
    (request) => {
      const { url, format, auto } = request.body;
      if (url !== undefined) webhooks.url = url ?? undefined;
      if (format !== undefined) webhooks.format = format;
      if (auto !== undefined) webhooks.auto = auto;
      return { url: webhooks.url ?? null, format: webhooks.format, auto: webhooks.auto };
    },
  );
  api.post<{ Body: { ms: number } }>("/clock/advance", { schema: ADVANCE }, async (request) => {
    await emulator.advance(request.body.ms);
    return { now: model.clock.nowMs() };
  });
  api.post<{ Body: { ms: number } }>("/delay", { schema: DELAY }, (request) => {
    emulator.delayMs = request.body.ms;
    return { delayMs: emulator.delayMs };
  });
  api.post("/reset", () => {
    emulator.reset();
    return { reset: true };
  });
}
