import { once } from "node:events";
import { Agent, createServer, type Server, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import { Draw } from "../../support/draw.ts";
import { drawFraming } from "./draw-framing.ts";
import { exchange } from "./exchange.ts";
import { Judge } from "./judge.ts";
import { REQUEST_MARK } from "./preload.ts";
import { inBatches, type Scenario } from "./scenario.ts";
import type { Servers } from "./servers.ts";

const BATCH = 24;
/** Some seconds, on however busy a machine. */
const TELL_TRIES = 100;
const DEADLINE_MS = 30_000;
const MARKED = /[?&](?:tag|ghost)=/;

/** A proxy before the server, both of which read the same bytes: what the one handed on is what the other one handled, request for request. */
export const chainScenario: Scenario = {
  name: "http-chain",
  async run(servers, options) {
    const draw = new Draw(options.seed + 7);
    const judge = new Judge(servers);
    const front = await openFront(servers);
    let executions = 0;
    let handedOn = 0;
    const seconds = await inBatches(options, judge, async (batch) => {
      front.forwarded.length = 0;
      front.lost.length = 0;
      const from = servers.server.output.stderr.length;
      const framed = Array.from({ length: BATCH }, (_, at) =>
        drawFraming(draw, servers, `c${options.seed}-${batch}-${at}`),
      );
      await Promise.all(
        framed.map(async ({ bytes }) => {
          const answer = await exchange({
            port: front.port,
            parts: [bytes],
            deadlineMs: DEADLINE_MS,
            isHalfClosed: true,
          });
          executions += 1;
          const sent = bytes.toString("latin1");
          if (answer.ended === "kept")
            judge.note(
              "a connection through the proxy is neither answered nor ended",
              JSON.stringify(sent.slice(0, 1500)),
            );
          judge.answers(answer.bytes, sent);
        }),
      );
      await judge.pause();
      const handled = await untilHandled(() => handledSince(servers, from).sort(), front);
      handedOn += handled.length;
      if (!isAllTold(front, handled))
        judge.note("the proxy and the server count other requests", differenceOf(front.forwarded, handled));
    });
    await front.close();
    return {
      figures: { target: "http-chain", executions, seconds, counts: { handedOn } },
      found: judge.findings,
    };
  },
};

/** The server tells a moment later. */
async function untilHandled(handled: () => string[], front: Front): Promise<string[]> {
  for (let left = TELL_TRIES; left > 0; left--) {
    // What still waits for a connection has reached nobody.
    while (front.waiting() > 0) await setTimeout(50);
    const seen = handled();
    if (isAllTold(front, seen)) return seen;
    await setTimeout(50);
  }
  return handled();
}

/** Each that was handed on was handled, once, and nothing else; one whose connection was lost may have been or not. */
function isAllTold({ forwarded, lost }: Front, handled: readonly string[]): boolean {
  const rest = [...handled];
  for (const one of forwarded) {
    const at = rest.indexOf(one);
    if (at >= 0) rest.splice(at, 1);
    else if (!lost.includes(one)) return false;
  }
  return rest.length === 0;
}

interface Front {
  readonly port: number;
  /** What it handed on, by method and address. */
  readonly forwarded: string[];
  /** Those of them whose connection to the server was lost before an answer began. */
  readonly lost: string[];
  /** How many are handed on and not answered. */
  waiting(): number;
  close(): Promise<void>;
}

/** As little as a proxy can do: every request goes on, over connections that are kept and shared. */
async function openFront({ privatePort }: Servers): Promise<Front> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const [forwarded, lost]: [string[], string[]] = [[], []];
  let waiting = 0;
  const server: Server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    // The whole body first: one that never ends is handed on to nobody.
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.once("error", () => response.destroy());
    request.once("end", () => {
      if (MARKED.test(url)) forwarded.push(`${method} ${url}`);
      const body = Buffer.concat(parts);
      const {
        "transfer-encoding": _,
        expect: _expect,
        connection: _connection,
        upgrade: _upgrade,
        trailer: _trailer,
        ...rest
      } = headers;
      const onward = send(
        {
          agent,
          host: "127.0.0.1",
          port: privatePort,
          method,
          path: url,
          headers: { ...rest, "content-length": body.length },
        },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, {
            "content-type": answer.headers["content-type"] ?? "text/plain",
          });
          answer.pipe(response);
        },
      );
      waiting += 1;
      onward.once("close", () => {
        waiting -= 1;
      });
      onward.once("error", () => {
        lost.push(`${method} ${url}`);
        if (response.headersSent) response.destroy();
        else response.writeHead(400).end();
      });
      onward.end(body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    forwarded,
    lost,
    waiting: () => waiting,
    async close() {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function handledSince({ server }: Servers, from: number): string[] {
  const lines = server.output.stderr.slice(from).split("\n");
  const requests = lines
    .filter((line) => line.startsWith(REQUEST_MARK))
    .map((line) => JSON.parse(line.slice(REQUEST_MARK.length)) as [string, string]);
  return requests.filter(([, url]) => MARKED.test(url)).map((parts) => parts.join(" "));
}

function differenceOf(front: readonly string[], back: readonly string[]): string {
  const only = (ones: readonly string[], others: readonly string[]) =>
    ones.filter((one) => !others.includes(one)).slice(0, 5);
  return `proxy alone: ${only(front, back).join(", ")}\n  server alone: ${only(back, front).join(", ")}\n  ${front.length} and ${back.length}`;
}
