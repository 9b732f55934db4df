import { readFileSync } from "node:fs";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { Draw } from "../../support/draw.ts";
import { exchange } from "./exchange.ts";
import { Judge } from "./judge.ts";
import { inBatches, type Scenario } from "./scenario.ts";
import { AUTHORIZATION, type FuzzRoute, type Servers } from "./servers.ts";

const BATCH = 16;
const DEADLINE_MS = 30_000;
/** More than the process may grow by what it refuses. */
const GROWTH_BYTES_MAX = 250 * 1024 * 1024;
const BOMB_BYTES = 8 * 1024 * 1024;

const ORDER = Buffer.from('{"name":"order","amount":1000}');
const BOMB = Buffer.alloc(BOMB_BYTES, 0x20);
const ENCODED: readonly (readonly [string, Buffer])[] = [
  ["gzip", gzipSync(ORDER)],
  ["gzip", gzipSync(BOMB)],
  ["deflate", deflateSync(BOMB)],
  ["br", brotliCompressSync(BOMB, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
  ["gzip, gzip", gzipSync(gzipSync(BOMB))],
  ["x-gzip", gzipSync(ORDER)],
  ["zstd", ORDER],
  ["identity", ORDER],
];

/** Bodies that are too long, in one piece and in chunks without an end, compressed ones, bombs, wrong types: refused, whole or not, in bounds. */
export const bodiesScenario: Scenario = {
  name: "http-bodies",
  async run(servers, options) {
    const draw = new Draw(options.seed + 13);
    const judge = new Judge(servers);
    const posts = servers.routes.filter(
      ({ method, url }) => method === "POST" && !url.startsWith("/console"),
    );
    const before = residentBytes(servers);
    let executions = 0;
    let taken = 0;
    await judge.remember([...servers.victims, ...servers.bystanders]);
    const seconds = await inBatches(options, judge, async () => {
      await Promise.all(
        Array.from({ length: BATCH }, async () => {
          const { parts, kind, mayPass } = drawBody(draw, draw.pick(posts), servers);
          const { bytes, ended } = await exchange({
            port: servers.privatePort,
            parts,
            deadlineMs: DEADLINE_MS,
            isHalfClosed: true,
          });
          executions += 1;
          const statuses = judge.answers(bytes, `${kind} ${parts[0]?.toString("latin1") ?? ""}`);
          if (ended === "kept")
            judge.note(
              "a long body is neither refused nor read",
              `${kind}\n  ${parts[0]?.toString("latin1")}`,
            );
          if (!mayPass && statuses.some((status) => status >= 200 && status < 300))
            judge.note("a body that must be refused is taken", `${kind}\n  ${parts[0]?.toString("latin1")}`);
          taken += statuses.filter((status) => status < 300).length;
        }),
      );
      await judge.pause();
      await judge.compare([...servers.victims, ...servers.bystanders], "long and compressed bodies");
    });
    const grown = residentBytes(servers) - before;
    if (grown > GROWTH_BYTES_MAX) judge.note("the process grows by what it refuses", `${grown} bytes`);
    const counts = { taken, grownMiB: Math.round(grown / 1024 / 1024) };
    return { figures: { target: "http-bodies", executions, seconds, counts }, found: judge.findings };
  },
};

interface Body {
  readonly kind: string;
  readonly parts: readonly Buffer[];
  /** Whether there is any route that takes it. */
  readonly mayPass: boolean;
}

function drawBody(draw: Draw, route: FuzzRoute, servers: Servers): Body {
  const path = route.url.replace(/:[a-z_]+/g, () => draw.pick(servers.victims));
  const head = (more: string) =>
    Buffer.from(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${AUTHORIZATION}\r\nIdempotency-Key: b${draw.int(1, 1e9)}\r\n${more}\r\n`,
      "latin1",
    );
  const json = "Content-Type: application/json\r\n";
  const size = draw.pick([70_000, 200_000, 2_000_000, 24_000_000]);
  switch (draw.int(0, 5)) {
    case 0: {
      const [encoding, body] = draw.pick(ENCODED);
      const mayPass = encoding === "identity" || route.body === undefined;
      return {
        kind: `encoded as ${encoding}`,
        parts: [head(`${json}Content-Encoding: ${encoding}\r\nContent-Length: ${body.length}\r\n`), body],
        mayPass,
      };
    }
    case 1:
      return {
        kind: "too long",
        parts: [head(`${json}Content-Length: ${size}\r\n`), Buffer.alloc(size, 0x20)],
        mayPass: false,
      };
    case 2: {
      const chunk = Buffer.concat([Buffer.from("4000\r\n"), Buffer.alloc(0x4000, 0x20), Buffer.from("\r\n")]);
      return {
        kind: "chunks without an end",
        parts: [
          head(`${json}Transfer-Encoding: chunked\r\n`),
          ...Array<Buffer>(Math.ceil(size / 0x4000)).fill(chunk),
        ],
        mayPass: false,
      };
    }
    case 3: {
      const tiny = Buffer.from("1\r\n \r\n".repeat(20_000));
      // Refused for its length, and then for its pieces.
      const first = Buffer.from(draw.chance(0.5) ? `11170\r\n${" ".repeat(0x11170)}\r\n` : "");
      return {
        kind: "many tiny chunks",
        parts: [head(`${json}Transfer-Encoding: chunked\r\n`), first, tiny, tiny, tiny, tiny],
        mayPass: false,
      };
    }
    case 4: {
      const type = draw.pick([
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/json\u00ff",
        "application/json;",
        "*/*",
        "",
        "application/x-www-form-urlencoded",
        "application/cbor",
      ]);
      return {
        kind: `of type ${type}`,
        parts: [head(`Content-Type: ${type}\r\nContent-Length: ${ORDER.length}\r\n`), ORDER],
        mayPass: true,
      };
    }
    default: {
      const deep = Buffer.from("[".repeat(7000));
      return {
        kind: "deep",
        parts: [head(`${json}Content-Length: ${deep.length}\r\n`), deep],
        mayPass: false,
      };
    }
  }
}

/** As the system counts it. */
function residentBytes({ server }: Servers): number {
  const status = readFileSync(`/proc/${server.child.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+([0-9]+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}
