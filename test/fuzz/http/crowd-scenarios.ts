import { connect, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { exchange } from "./exchange.ts";
import { Judge } from "./judge.ts";
import { readAnswers } from "./read-answers.ts";
import { inBatches, type Scenario } from "./scenario.ts";
import { AUTHORIZATION, type Servers } from "./servers.ts";

/** Node.js looks for what is too slow every 30 seconds; a request may take 15. Source: node:http, connectionsCheckingInterval. */
const SLOW_MS_MAX = 75_000;
/** The longest that an honest request may take beside a crowd, on however busy a machine. */
const HONEST_MS_MAX = 15_000;
const IDLE = 10_000;
const IDLE_QUICK = 400;

/** Callers that send so slowly that they never end, in headers and in bodies, and some that say nothing: all are ended, and nobody waits for them. */
export const slowScenario: Scenario = {
  name: "http-slow",
  async run(servers, options) {
    const judge = new Judge(servers);
    const isQuick = options.isQuick === true;
    const each = isQuick ? 4 : 40;
    const deadlineMs = isQuick ? 1500 : SLOW_MS_MAX;
    const head = `POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: ${AUTHORIZATION}\r\n`;
    const plans: readonly (readonly string[])[] = [
      [],
      ["POST /v1"],
      [head],
      [...head.slice(0, 60), ...Array<string>(60).fill("X-A: b\r\n")],
      [
        `${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n`,
        ...Array<string>(80).fill(" "),
      ],
      [
        `${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
        ...Array<string>(80).fill("1\r\n \r\n"),
      ],
      ["GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "GET /heal"],
    ];
    const startedAt = performance.now();
    const crowd = plans.flatMap((parts, plan) =>
      Array.from({ length: each }, async () => {
        const { ended, bytes } = await exchange({
          port: servers.publicPort,
          parts,
          pauseMs: 1000,
          deadlineMs,
        });
        judge.answers(bytes, parts.join("").slice(0, 200));
        if (!isQuick && ended === "kept")
          judge.note("a slow caller is never ended", `plan ${plan}: ${JSON.stringify(parts[0])}`);
      }),
    );
    const honest = await askHonestly(servers, judge, () => performance.now() - startedAt < deadlineMs - 500);
    await Promise.all(crowd);
    await judge.pause();
    options.onProgress?.();
    return {
      figures: {
        target: "http-slow",
        executions: crowd.length,
        seconds: (performance.now() - startedAt) / 1000,
        counts: { honest },
      },
      found: judge.findings,
    };
  },
};

/** Ten thousand connections that say nothing: an honest request is answered beside them as if they were not there. */
export const idleScenario: Scenario = {
  name: "http-idle",
  async run(servers, options) {
    const judge = new Judge(servers);
    const wanted = options.isQuick === true ? IDLE_QUICK : IDLE;
    const startedAt = performance.now();
    const crowd: Socket[] = [];
    let open = 0;
    for (let at = 0; at < wanted; at++) {
      const socket = connect(at % 2 === 0 ? servers.publicPort : servers.privatePort, "127.0.0.1");
      socket.once("connect", () => {
        open += 1;
      });
      socket.on("error", () => {});
      crowd.push(socket);
      if (at % 200 === 199) await setTimeout(10);
    }
    const isOpen = async () => {
      for (let left = 200; left > 0 && open < wanted; left--) await setTimeout(50);
      return open === wanted;
    };
    if (!(await isOpen())) judge.note("a connection is refused", `${open} of ${wanted} are open`);
    let left = options.isQuick === true ? 3 : 25;
    const honest = await askHonestly(servers, judge, () => left-- > 0);
    const kept = crowd.filter(({ destroyed, readyState }) => !destroyed && readyState === "open").length;
    for (const socket of crowd) socket.destroy();
    await judge.pause();
    options.onProgress?.();
    const counts = { open, kept, honest };
    return {
      figures: {
        target: "http-idle",
        executions: wanted,
        seconds: (performance.now() - startedAt) / 1000,
        counts,
      },
      found: judge.findings,
    };
  },
};

/** Pages that listen and never read, more than there may be, and that talk while they listen. */
export const listenersScenario: Scenario = {
  name: "http-listeners",
  async run(servers, options) {
    const judge = new Judge(servers);
    let executions = 0;
    const seconds = await inBatches(options, judge, async () => {
      const listeners = Array.from({ length: 14 }, () => openListener(servers));
      await setTimeout(300);
      for (let count = 0; count < 20; count++)
        await servers.server.post("/v1/orders", { name: "many", amount: 1000 });
      await setTimeout(options.isQuick === true ? 300 : 3000);
      for (const listener of listeners) listener.destroy();
      // While an answer is on its way, whatever else is sent must not get into it.
      for (const noise of [
        "\u0000\u0001\u0002 no HTTP\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        "X".repeat(40_000),
      ]) {
        const parts = [liveRequest(servers), noise];
        const { bytes } = await exchange({
          port: servers.privatePort,
          parts,
          pauseMs: 400,
          deadlineMs: 1500,
        });
        executions += 1;
        const { fault, answers } = readAnswers(bytes);
        if (fault !== undefined)
          judge.note(
            "another answer stands inside of an answer",
            `${fault}\n  ${JSON.stringify(bytes.toString("latin1").slice(-400))}`,
          );
        for (const { status, body } of answers) judge.status(status, body.toString("utf8"), parts.join(""));
      }
      executions += listeners.length;
      await judge.pause();
      await setTimeout(200);
    });
    return { figures: { target: "http-listeners", executions, seconds, counts: {} }, found: judge.findings };
  },
};

function liveRequest({ privatePort, cookie }: Servers): string {
  return `GET /console/api/live HTTP/1.1\r\nHost: 127.0.0.1:${privatePort}\r\nCookie: ${cookie}\r\n\r\n`;
}

function openListener(servers: Servers): Socket {
  const socket = connect(servers.privatePort, "127.0.0.1");
  socket.on("error", () => {});
  socket.pause();
  socket.write(liveRequest(servers));
  return socket;
}

/** Registers and reads orders, one after another, each in time. @returns how many */
async function askHonestly({ server }: Servers, judge: Judge, goesOn: () => boolean): Promise<number> {
  let asked = 0;
  while (goesOn()) {
    const startedAt = performance.now();
    const { status, body } = await server.post("/v1/orders", { name: "honest", amount: 1000 });
    const read =
      status === 201 ? ((await server.read(String(body["merchant_uid"]))) as { status?: string }) : {};
    const ms = performance.now() - startedAt;
    if (status !== 201 || read.status !== "pending" || ms > HONEST_MS_MAX)
      judge.note("an honest request fails beside a crowd", `${status} ${read.status} ${ms.toFixed(0)} ms`);
    asked += 1;
    await setTimeout(50);
  }
  return asked;
}
