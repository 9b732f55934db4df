import { API_KEY } from "../../process/server-process.ts";
import { Draw } from "../../support/draw.ts";
import { drawFraming, type FramedRequest } from "./draw-framing.ts";
import { exchange } from "./exchange.ts";
import { Judge } from "./judge.ts";
import { readAnswers } from "./read-answers.ts";
import { inBatches, type Scenario } from "./scenario.ts";
import type { Servers } from "./servers.ts";

const BATCH = 32;
/** All is written and our side has ended: nothing is left to wait for but the machine. */
const DEADLINE_MS = 30_000;

/** Requests framed oddly, on a socket: what two readers could read in two ways is refused, and what hides behind it reaches nobody. */
export const framingScenario: Scenario = {
  name: "http-framing",
  async run(servers, options) {
    const draw = new Draw(options.seed);
    const judge = new Judge(servers);
    const counts: Record<string, number> = { answers: 0, refused: 0 };
    let executions = 0;
    await judge.remember([...servers.victims, ...servers.bystanders]);
    const seconds = await inBatches(options, judge, async (batch) => {
      const framed = Array.from({ length: options.isQuick === true ? BATCH * 3 : BATCH }, (_, at) =>
        drawFraming(draw, servers, `${options.seed}-${batch}-${at}`),
      );
      await Promise.all(
        framed.map(async (one, at) => {
          // Whole, in two halves, or byte by byte.
          const parts =
            at % 8 === 0
              ? [...one.bytes.subarray(0, 400)].map((byte) => Buffer.from([byte]))
              : halves(one.bytes, draw);
          const port = at % 5 === 0 ? servers.publicPort : servers.privatePort;
          const { bytes, ended } = await exchange({
            port,
            parts,
            deadlineMs: DEADLINE_MS,
            isHalfClosed: true,
          });
          executions += 1;
          const sent = one.bytes.toString("latin1");
          if (ended === "kept")
            judge.note("a connection is neither answered nor ended", JSON.stringify(sent.slice(0, 1500)));
          const statuses = judge.answers(bytes, sent);
          counts["answers"] = (counts["answers"] ?? 0) + statuses.length;
          if (statuses.includes(400)) counts["refused"] = (counts["refused"] ?? 0) + 1;
          const seen = readAnswers(bytes).answers.filter(({ status }) => status === 201).length;
          if (one.isAmbiguous && statuses.length > 1 && seen > 1)
            judge.note(
              "two answers for one ambiguous request",
              `${one.kind}\n  sent: ${JSON.stringify(sent.slice(0, 1500))}`,
            );
        }),
      );
      await judge.pause();
      for (const one of framed.filter(({ isAmbiguous }) => isAmbiguous))
        await checkGhost(servers, judge, one);
      await judge.compare([...servers.victims, ...servers.bystanders], "requests that are framed oddly");
    });
    return { figures: { target: "http-framing", executions, seconds, counts }, found: judge.findings };
  },
};

/** No hidden request registered its order. */
async function checkGhost(
  { server }: Servers,
  judge: Judge,
  { ghost, kind, bytes }: FramedRequest,
): Promise<void> {
  const answer = await fetch(`${server.privateUrl}/v1/orders/${ghost}`, {
    headers: { authorization: `Bearer ${API_KEY}` },
  });
  await answer.arrayBuffer();
  if (answer.status !== 404)
    judge.note(
      "a hidden request reached a handler",
      `${kind}, ${answer.status}\n  sent: ${JSON.stringify(bytes.toString("latin1").slice(0, 1500))}`,
    );
}

function halves(bytes: Buffer, draw: Draw): readonly Buffer[] {
  const at = draw.int(0, bytes.length);
  return draw.chance(0.5) ? [bytes] : [bytes.subarray(0, at), bytes.subarray(at)];
}
