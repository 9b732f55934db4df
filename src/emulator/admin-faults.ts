import type { FastifyInstance } from "fastify";
import type { Emulator } from "./emulator.ts";
import type { AnswerOverride } from "./overrides.ts";

interface OverrideBody {
  readonly match: {
    readonly method?: string;
    readonly path?: string;
    readonly pattern?: string;
    readonly times?: number;
  };
  readonly answer: Omit<AnswerOverride, "holdUntil" | "body"> & {
    readonly body?: string;
    readonly bodyBase64?: string;
    /** The answer waits until POST /admin/api/holds/{hold}/release. */
    readonly hold?: string;
  };
}

const WHOLE = { type: "integer", minimum: 0 };
const FLAT = { type: "object", additionalProperties: { type: "string" } };
const OVERRIDE = {
  body: {
    type: "object",
    additionalProperties: false,
    required: ["match", "answer"],
    properties: {
      match: {
        type: "object",
        additionalProperties: false,
        anyOf: [{ required: ["path"] }, { required: ["pattern"] }],
        properties: {
          method: { type: "string" },
          path: { type: "string" },
          pattern: { type: "string", format: "regex" },
          times: { type: "integer", minimum: 1 },
        },
      },
      answer: {
        type: "object",
        additionalProperties: false,
        properties: {
          status: { type: "integer", minimum: 200, maximum: 599 },
          headers: FLAT,
          body: { type: "string" },
          bodyBase64: { type: "string" },
          payment: {
            type: "object",
            additionalProperties: false,
            properties: { raw: FLAT, omit: { type: "array", items: { type: "string" } } },
          },
          acts: { type: "boolean" },
          delayMs: WHOLE,
          hold: { type: "string", minLength: 1 },
          snapshot: { enum: ["arrival", "release"] },
          cutAt: WHOLE,
          reset: { type: "boolean" },
          dripMs: { type: "integer", minimum: 1 },
          gzipBombBytes: WHOLE,
        },
      },
    },
  },
};

interface Hold {
  readonly released: Promise<void>;
  readonly release: () => void;
}

/** Answers that differ, held answers, and the token's misbehaviour. */
export function registerAdminFaults(api: FastifyInstance, emulator: Emulator): void {
  const ends = new Map<number, () => void>();
  const holds = new Map<string, Hold>();
  let lastId = 0;

  const holdNamed = (name: string): Hold => {
    let hold = holds.get(name);
    if (!hold) {
      const { promise, resolve } = Promise.withResolvers<void>();
      hold = { released: promise, release: resolve };
      holds.set(name, hold);
    }
    return hold;
  };

  api.get("/overrides", () => emulator.overrides.list());
  api.post<{ Body: OverrideBody }>("/overrides", { schema: OVERRIDE }, (request, reply) => {
    const { match, answer } = request.body;
    const { pattern, path = "", ...rest } = match;
    const { bodyBase64, hold, ...plain } = answer;
    const id = ++lastId;
    const bytes = bodyBase64 === undefined ? {} : { body: Buffer.from(bodyBase64, "base64") };
    const held = hold === undefined ? {} : { holdUntil: holdNamed(hold).released };
    const target = pattern === undefined ? path : new RegExp(pattern);
    ends.set(id, emulator.override({ ...rest, path: target }, { ...plain, ...bytes, ...held }));
    return reply.code(201).send({ id });
  });
  api.delete<{ Params: { id: string } }>("/overrides/:id", (request, reply) => {
    const end = ends.get(Number(request.params.id));
    if (!end)
      return reply.code(404).send({ message: `Cannot end override: ${request.params.id} does not exist` });
    end();
    ends.delete(Number(request.params.id));
    return { ended: true };
  });
  api.delete("/overrides", () => {
    emulator.overrides.clear();
    ends.clear();
    return { ended: true };
  });
  api.post<{ Params: { name: string } }>("/holds/:name/release", (request) => {
    holdNamed(request.params.name).release();
    holds.delete(request.params.name);
    return { released: true };
  });
  registerTokens(api, emulator);
}

interface TokenBody {
  readonly revokeAll?: boolean;
  readonly failNext?: { readonly status: number; readonly times?: number };
  readonly rejectNext?: number;
  readonly skewSeconds?: number;
  readonly delayMs?: number;
}

const TOKENS = {
  body: {
    type: "object",
    additionalProperties: false,
    properties: {
      revokeAll: { type: "boolean" },
      failNext: {
        type: "object",
        additionalProperties: false,
        required: ["status"],
        properties: {
          status: { type: "integer", minimum: 400, maximum: 599 },
          times: { type: "integer", minimum: 1, maximum: 10_000 },
        },
      },
      rejectNext: WHOLE,
      skewSeconds: { type: "integer" },
      delayMs: WHOLE,
    },
  },
};

function registerTokens(api: FastifyInstance, emulator: Emulator): void {
  api.post<{ Body: TokenBody }>("/tokens", { schema: TOKENS }, (request) => {
    const { revokeAll, failNext, rejectNext, skewSeconds, delayMs } = request.body;
    const { tokens } = emulator;
    if (revokeAll) tokens.revokeAll();
    if (failNext) tokens.failNext(failNext.status, failNext.times);
    if (rejectNext !== undefined) tokens.rejectNext(rejectNext);
    if (skewSeconds !== undefined) tokens.skewSeconds = skewSeconds;
    if (delayMs !== undefined) tokens.delayMs = delayMs;
    return { skewSeconds: tokens.skewSeconds, delayMs: tokens.delayMs };
  });
}
