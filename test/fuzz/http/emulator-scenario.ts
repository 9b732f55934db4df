import { request as send } from "node:http";
import { Draw } from "../../support/draw.ts";
import { drawFraming } from "./draw-framing.ts";
import { exchange } from "./exchange.ts";
import type { HttpFinding } from "./judge.ts";
import { readAnswers } from "./read-answers.ts";
import { sampleBody } from "./sample-body.ts";
import { inBatches, type Scenario } from "./scenario.ts";
import type { Servers } from "./servers.ts";

const BATCH = 32;
const DEADLINE_MS = 30_000;
const IDS = ["imp_000000000001", "order-00000001", "dj_x"];
/** What i'mport has. Source: docs/iamport-v1.md. */
const CALLS: readonly (readonly [string, string])[] = [
  ["POST", "/users/getToken"],
  ["GET", "/payments/:id"],
  ["GET", "/payments/find/:id/paid"],
  ["GET", "/payments/findAll/:id"],
  ["GET", "/payments/status/:id?from=:id&to=5&limit=x"],
  ["POST", "/payments/cancel"],
  ["POST", "/payments/prepare"],
  ["PUT", "/payments/prepare"],
  ["GET", "/payments/prepare/:id"],
  ["GET", "/payments/:id/balance"],
  ["POST", "/vbanks"],
  ["PUT", "/vbanks/:id"],
  ["DELETE", "/vbanks/:id"],
  ["GET", "/vbanks/holder"],
  ["GET", "/users/pg"],
];
/** These make the emulator fail, refuse, wait or end on purpose. */
const LEVERS = /overrides|faults|switches|delay|reset|tokens/;

/** The emulator's own routes, REST and levers, with spoiled bodies and odd framing: it is nobody's server in live, and still never ends or hangs. */
export const emulatorScenario: Scenario = {
  name: "emulator-routes",
  async run(servers, options) {
    const draw = new Draw(options.seed + 29);
    const found: HttpFinding[] = [];
    const token = await login(servers);
    const routes = [
      ...CALLS,
      ...servers.emulatorRoutes.filter(([, url]) => !LEVERS.test(url) && !url.includes("*")),
    ];
    const statuses: Record<string, number> = {};
    let executions = 0;
    const note = (rule: string, detail: string) => {
      if (found.length < 10) found.push({ rule, detail: detail.slice(0, 1500) });
    };
    const seconds = await inBatches(options, { findings: found }, async (batch) => {
      for (let at = 0; at < BATCH; at++) {
        const [method, url] = draw.pick(routes);
        const path = url.replace(/:[a-zA-Z_]+/g, () =>
          encodeURIComponent(draw.pick([...IDS, "%00", "한", "x".repeat(200), "..", ""])),
        );
        const body =
          method === "GET" ? undefined : sampleBody(draw.chance(0.5) ? BODY : undefined, draw, IDS);
        const answer = await ask(servers, {
          method,
          path,
          body,
          token,
          type: draw.pick(["application/json", "application/json", "application/x-www-form-urlencoded"]),
        });
        executions += 1;
        if (answer === undefined) note("the emulator gives no answer", `${method} ${path}\n  ${body}`);
        else {
          statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
          if (answer.status >= 500)
            note(`the emulator answers ${answer.status}`, `${method} ${path}\n  ${body}\n  ${answer.body}`);
        }
      }
      const { bytes } = drawFraming(draw, servers, `e${batch}`);
      const { ended, bytes: came } = await exchange({
        port: Number(new URL(servers.emulator.url).port),
        parts: [bytes],
        deadlineMs: DEADLINE_MS,
        isHalfClosed: true,
      });
      executions += 1;
      const { fault } = readAnswers(came);
      if (ended === "kept")
        note(
          "the emulator neither answers nor ends a connection",
          JSON.stringify(bytes.toString("latin1").slice(0, 800)),
        );
      if (fault !== undefined)
        note(
          "an answer of the emulator is no HTTP",
          `${fault}\n  ${JSON.stringify(bytes.toString("latin1").slice(0, 800))}`,
        );
      const { child, output } = servers.emulator;
      if (child.exitCode !== null || child.signalCode !== null) {
        note("the emulator ended", `${child.exitCode} ${child.signalCode} ${output.stderr.slice(-1200)}`);
        throw new Error("The emulator ended");
      }
    });
    return {
      figures: {
        target: "emulator-routes",
        executions,
        seconds,
        counts: { routes: routes.length, ...statuses },
      },
      found,
    };
  },
};

const BODY = {
  type: "object",
  required: ["imp_uid", "amount", "reason"],
  properties: Object.fromEntries(
    [
      "imp_uid",
      "merchant_uid",
      "amount",
      "reason",
      "checksum",
      "currency",
      "status",
      "pay_method",
      "channel_key",
      "vbank_due",
      "vbank_code",
      "imp_key",
      "imp_secret",
      "ms",
      "outcome",
    ].map((key) => [
      key,
      key === "amount" || key === "checksum" || key === "ms" ? { type: "number" } : { type: "string" },
    ]),
  ),
};

async function login({ emulator }: Servers): Promise<string> {
  const keys = { imp_key: "dojang-emulator-key", imp_secret: "dojang-emulator-secret-not-for-live-use" };
  const answer = await fetch(`${emulator.url}/users/getToken`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(keys),
  });
  const { response } = (await answer.json()) as { response: { access_token: string } };
  return response.access_token;
}

async function ask(
  { emulator }: Servers,
  {
    method,
    path,
    body,
    token,
    type,
  }: { method: string; path: string; body: string | undefined; token: string; type: string },
): Promise<{ status: number; body: string } | undefined> {
  return new Promise((resolve) => {
    const { port } = new URL(emulator.url);
    const headers = {
      authorization: token,
      "content-type": type,
      ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
    };
    const sent = send({ host: "127.0.0.1", port, method, path, headers, timeout: DEADLINE_MS }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => {
        text = (text + part).slice(0, 1000);
      });
      answer.once("end", () => resolve({ status: answer.statusCode ?? 0, body: text }));
    });
    sent.once("timeout", () => sent.destroy());
    sent.once("error", () => resolve(undefined));
    sent.end(body);
  });
}
