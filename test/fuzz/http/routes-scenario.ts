import { Agent, request as send } from "node:http";
import { Draw } from "../../support/draw.ts";
import { Judge } from "./judge.ts";
import { sampleBody } from "./sample-body.ts";
import { inBatches, type Scenario } from "./scenario.ts";
import { AUTHORIZATION, type FuzzRoute, type Servers } from "./servers.ts";

const BATCH = 48;
const AT_ONCE = 8;
/** On however busy a machine: the longest that a route may take is its budget of 3 seconds and what waits before it. */
const DEADLINE_MS = 30_000;
const TYPES = [
  "application/json",
  "application/json; charset=utf-8",
  "text/plain",
  "application/x-www-form-urlencoded",
  "application/json;charset=utf-16",
  "multipart/form-data; boundary=x",
  "",
];
const SEGMENTS = [
  "..",
  ".",
  "%2e%2e",
  "%00",
  "%E0%A4%A",
  "%",
  "a%2Fb",
  "%ED%A0%80",
  "dsc_0000",
  "look:x",
  "x".repeat(300),
  "한글",
  "' OR 1=1",
  "%0d%0a",
];
const QUERIES = [
  "",
  "",
  "?q=%00",
  "?limit=101",
  "?cursor=WyJvMSIsMSwieCJd",
  "?status=paid&status=x",
  "?a[b]=c",
  "?__proto__=1",
  "?q=%ED%A0%80",
  "?date=2026-02-30",
  `?q=${"a".repeat(3000)}`,
  "?imp_uid=imp_123456789012",
  "?format=csv&date=2026-11-25",
  "?from=2026-01-01&to=2026-13-01",
  "?%",
];
/** A stream without an end has a scenario of its own. */
const ENDLESS = "/console/api/live";

interface Asked {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Every route that the server registered, on the port that has it and on the other, with bodies made from its own schema and spoiled. */
export const routesScenario: Scenario = {
  name: "http-routes",
  async run(servers, options) {
    const draw = new Draw(options.seed);
    const judge = new Judge(servers);
    const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
    const statuses = new Map<number, number>();
    const asked = new Set<string>();
    let executions = 0;
    await judge.remember([...servers.victims, ...servers.bystanders]);
    const seconds = await inBatches(options, judge, async () => {
      let isChanging = false;
      const plans = Array.from({ length: options.isQuick === true ? BATCH * 3 : BATCH }, () =>
        drawPlan(servers, draw, asked),
      );
      await inParallel(plans, async (plan) => {
        const sent = `${plan.method} ${plan.path}\n${JSON.stringify(plan.headers)}\n${plan.body ?? ""}`;
        const answer = await ask(agent, plan);
        executions += 1;
        if (answer === undefined) return judge.note("a request got no answer", sent.slice(0, 1500));
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        judge.status(answer.status, answer.body, sent);
        if (answer.status < 400 && plan.method !== "GET") isChanging = true;
      });
      await judge.pause();
      await judge.compare(servers.bystanders, "orders that no request names");
      if (isChanging) await judge.remember(servers.victims);
      else
        await judge.compare(servers.victims, plans.map(({ method, path }) => `${method} ${path}`).join("\n"));
    });
    agent.destroy();
    const counts = {
      routes: asked.size,
      of: servers.routes.length,
      planned503: judge.planned503,
      ...Object.fromEntries(statuses),
    };
    return { figures: { target: "http-routes", executions, seconds, counts }, found: judge.findings };
  },
};

function drawPlan(servers: Servers, draw: Draw, asked: Set<string>): Asked {
  const usable = servers.routes.filter(({ url, method }) => url !== ENDLESS && method !== "HEAD");
  // First each once, in order; then by chance.
  const route = usable.find(({ method, url }) => !asked.has(`${method} ${url}`)) ?? draw.pick(usable);
  asked.add(`${route.method} ${route.url}`);
  const isPrivate = !draw.chance(0.1) && /^\/(v1|console|docs|openapi)/.test(route.url);
  const method = draw.chance(0.04)
    ? draw.pick(["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"])
    : route.method;
  const hasBody = !["GET", "HEAD", "OPTIONS"].includes(route.method);
  const body = hasBody ? sampleBody(route.body, draw, servers.victims) : undefined;
  const headers = {
    ...headersFor(route, servers, draw),
    ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }),
  };
  return {
    port: isPrivate ? servers.privatePort : servers.publicPort,
    method,
    path: pathOf(route, servers, draw),
    headers,
    body,
  };
}

function headersFor({ url, method }: FuzzRoute, servers: Servers, draw: Draw): Record<string, string> {
  const isConsole = url.startsWith("/console");
  // Whoever signs out or changes the password would be out for the rest.
  const isSigned = isConsole && !(url.includes("/session") && method !== "GET") && !draw.chance(0.05);
  const key = draw.weighted([
    [18, AUTHORIZATION],
    [1, `${AUTHORIZATION}x`],
    [1, "Basic eDp5"],
  ]);
  return {
    host: `127.0.0.1:${servers.privatePort}`,
    "content-type": draw.chance(0.85) ? "application/json" : draw.pick(TYPES),
    ...(isConsole
      ? { origin: draw.chance(0.95) ? `http://127.0.0.1:${servers.privatePort}` : "https://evil.example" }
      : { authorization: key }),
    ...(isSigned ? { cookie: servers.cookie } : {}),
    ...(draw.chance(0.2)
      ? { "idempotency-key": draw.pick(["k1", "k 2", "x".repeat(256), `k${draw.int(1, 1000)}`]) }
      : {}),
    ...(draw.chance(0.05) ? { "x-forwarded-for": "1.2.3.4", "x-forwarded-proto": "https" } : {}),
    ...(draw.chance(0.03)
      ? { "accept-language": ",;q=x,en;q=-1", range: "bytes=0-", "if-none-match": "*" }
      : {}),
  };
}

function pathOf({ url }: FuzzRoute, { victims }: Servers, draw: Draw): string {
  const path = url.replace(/:[a-z_]+|\*/g, () =>
    draw.chance(0.7) ? draw.pick(victims) : encodeURI(draw.pick(SEGMENTS)).replaceAll("%25", "%"),
  );
  return path + (draw.chance(0.4) ? draw.pick(QUERIES) : "");
}

async function ask(
  agent: Agent,
  { port, method, path, headers, body }: Asked,
): Promise<{ status: number; body: string } | undefined> {
  return new Promise((resolve) => {
    const sent = send(
      { agent, host: "127.0.0.1", port, method, path, headers, timeout: DEADLINE_MS },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => {
          if (text.length < 4096) text += part;
        });
        answer.once("end", () => resolve({ status: answer.statusCode ?? 0, body: text }));
        answer.once("error", () => resolve(undefined));
      },
    );
    sent.once("timeout", () => sent.destroy());
    // What the server refuses before it is read ends the connection as well: that is an answer, where one came.
    sent.once("error", () => resolve(undefined));
    sent.end(body);
  });
}

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
