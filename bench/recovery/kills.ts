// kill -9 in the middle of webhooks, again and again: whatever was answered 200 must be there after the restart.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Client } from "undici";
import { openGround } from "../contenders.ts";
import { makeDataFolder, openServer, type Server } from "../server.ts";
import { exactly, type FigureReport } from "./figure.ts";
import { readInbox } from "./read-inbox.ts";

const CONNECTIONS = 16;
/** Killed so long after the first answer: spread evenly, other times in every round. */
const KILL_AFTER_MS = { min: 5, max: 150 };

export async function measureKills({ kills }: { readonly kills: number }): Promise<FigureReport> {
  const folder = makeDataFolder();
  const ground = await openGround();
  let server: Server | undefined;
  const answered = new Set<string>();
  let sent = 0;
  try {
    server = await openServer(ground.gatewayReady, { folder });
    for (let kill = 0; kill < kills; kill += 1) {
      const span = KILL_AFTER_MS.max - KILL_AFTER_MS.min;
      const killAfterMs = KILL_AFTER_MS.min + ((kill * 89) % span);
      const load = sendUntilGone(server.url, { answered, prefix: `imp_${String(kill).padStart(4, "0")}` });
      await load.hasAnswered;
      await new Promise((done) => setTimeout(done, killAfterMs));
      await server.restartKilled();
      sent += await load.ended;
      if (kill % 10 === 9) process.stderr.write(`bench: kill ${kill + 1} of ${kills}\n`);
    }
    const { hints, tasks } = readInbox(join(folder, "dojang.db"));
    const ids = [...answered];
    return {
      title: `${kills} times kill -9 under ${CONNECTIONS} connections of webhooks: ${sent} sent, ${ids.length} answered 200`,
      figures: [
        exactly("answered 200 without a hint", ids.filter((id) => !hints.has(id)).length, 0),
        exactly("answered 200 without a verify task", ids.filter((id) => !tasks.has(id)).length, 0),
        exactly("stored twice, sent once", [...hints.values()].filter((count) => count > 1).length, 0),
      ],
      notes: [`stored without an answer: ${[...hints.keys()].filter((id) => !answered.has(id)).length}`],
    };
  } finally {
    await server?.close();
    await Promise.all([ground.load.close(), ground.gateway.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each connection sends one webhook after the other until it breaks; `ended` tells how many were sent. */
function sendUntilGone(
  url: string,
  { answered, prefix }: { readonly answered: Set<string>; readonly prefix: string },
): { readonly hasAnswered: Promise<void>; readonly ended: Promise<number> } {
  let sent = 0;
  const first = Promise.withResolvers<void>();
  const drive = async () => {
    const client = new Client(url);
    for (;;) {
      const id = `${prefix}${String(sent++).padStart(8, "0")}`;
      const headers = { "content-type": "application/json" };
      const request = { method: "POST", path: "/webhooks/iamport", headers } as const;
      const answer = await client
        .request({ ...request, body: JSON.stringify({ imp_uid: id, status: "paid" }) })
        .then(async ({ statusCode, body }) => {
          await body.dump();
          return statusCode;
        })
        .catch(() => undefined);
      if (answer === undefined) return client.destroy();
      if (answer !== 200) continue;
      answered.add(id);
      first.resolve();
    }
  };
  const drives = Promise.all(Array.from({ length: CONNECTIONS }, drive));
  return { hasAnswered: first.promise, ended: drives.then(() => sent) };
}
