// How fast webhooks are taken when 64 connections send them without a pause, and what becomes of twice as many.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Ground, openGround, registerOrders, runLoad } from "../contenders.ts";
import type { FloodReport } from "../flood.ts";
import type { LoadReport } from "../load.ts";
import { sampleAt } from "../samples.ts";
import { makeDataFolder, openServer, type Server } from "../server.ts";
import { exactly, type FigureReport, upTo } from "./figure.ts";
import { probeDisk } from "./probe-disk.ts";
import { readInbox } from "./read-inbox.ts";

const CONNECTIONS = 64;
const WARM_UP = 4_000;
/** The machine is seldom ours alone: the median of some rounds. */
const ROUNDS = 5;
const ROUND = 4_000;
const FLOOD_SECONDS = 4;
const BUYERS = 8;
const SERIES = 6;
const BUYERS_SERIES = 7;
const BUYERS_COUNT = 4_000;

export async function measureWebhooks(): Promise<FigureReport> {
  const folder = makeDataFolder();
  const ground = await openGround();
  let server: Server | undefined;
  try {
    server = await openServer(ground.gatewayReady, { folder });
    return await measure(ground, { server, folder });
  } finally {
    await server?.close();
    await Promise.all([ground.load.close(), ground.gateway.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(
  ground: Ground,
  { server, folder }: { readonly server: Server; readonly folder: string },
): Promise<FigureReport> {
  const { url } = server;
  const take = (from: number, count: number) =>
    runLoad(ground, { url, kind: "webhook", series: SERIES, from, count, connections: CONNECTIONS });
  await prepare(ground, server, { series: SERIES, from: 0, count: WARM_UP });
  await take(0, WARM_UP);
  const rounds: LoadReport[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const range = { series: SERIES, from: WARM_UP + round * ROUND, count: ROUND };
    await prepare(ground, server, range);
    rounds.push(await take(range.from, range.count));
  }
  const failed = rounds.find(({ errors }) => errors > 0);
  if (failed !== undefined) throw new Error(`A webhook was not taken: ${failed.firstError}`);
  const median = (of: (round: LoadReport) => number) =>
    rounds.map(of).sort((a, b) => a - b)[ROUNDS >> 1] ?? 0;
  const perSecond = Math.round(median(({ count, elapsedMs }) => (count / elapsedMs) * 1000));
  const p99Ms = median((round) => round.p99Ms);

  const calm = await buy(ground, server, 0);
  const from = WARM_UP + ROUNDS * ROUND;
  const count = perSecond * 2 * FLOOD_SECONDS;
  await prepare(ground, server, { series: SERIES, from, count });
  await ground.gateway.call("pay", { series: BUYERS_SERIES, from: BUYERS_COUNT, count: BUYERS_COUNT });
  await registerOrders(ground, server, { series: BUYERS_SERIES, from: BUYERS_COUNT, count: BUYERS_COUNT });
  const flooding = ground.load.call("flood", {
    url,
    kind: "webhook",
    perSecond: perSecond * 2,
    series: SERIES,
    from,
    count,
  });
  const flooded = await buy(ground, server, BUYERS_COUNT);
  const report = (await flooding) as FloodReport;
  const { hints } = readInbox(join(folder, "dojang.db"));
  const { 200: taken = 0, 503: shed = 0, ...others } = report.statuses;
  const other = Object.values(others).reduce((sum, one) => sum + one, 0);
  const missing = report.taken.filter((index) => !hints.has(sampleAt(SERIES, index).impUid)).length;
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  return {
    title: `Webhooks: ${CONNECTIONS} connections without a pause, then ${report.sent} at twice that pace`,
    figures: [
      upTo("answered after a durable write, p99", p99Ms, { aim: 20, unit: "ms", digits: 1 }),
      exactly("of the flood neither 200 nor 503", other, 0),
      exactly("answered 200 and not in the inbox", missing, 0),
    ],
    notes: [
      probeDisk(folder),
      `closed loop ${perSecond}/s, p50 ${median(({ p50Ms }) => p50Ms).toFixed(1)} ms; p99 of each round ${rounds.map((round) => round.p99Ms.toFixed(0)).join(", ")} ms`,
      `flood ${perSecond * 2}/s for ${(report.elapsedMs / 1000).toFixed(1)} s: ${taken} taken (p99 ${ms(report.takenP99Ms)}), ${shed} refused with 503 (p99 ${ms(report.refusedP99Ms)})`,
      `/payments/complete of ${BUYERS} buyers: ${calm.perSecond}/s, p50 ${ms(calm.p50Ms)}, p99 ${ms(calm.p99Ms)} alone; ${flooded.perSecond}/s, p50 ${ms(flooded.p50Ms)}, p99 ${ms(flooded.p99Ms)}, ${flooded.errors} refused in the flood`,
    ],
  };
}

/** Orders that were paid a moment ago. */
async function prepare(
  ground: Ground,
  server: Server,
  range: { readonly series: number; readonly from: number; readonly count: number },
): Promise<void> {
  await ground.gateway.call("pay", range);
  await registerOrders(ground, server, range);
}

/** Some buyers complete, one after the other, for most of the flood's time. */
async function buy(ground: Ground, server: Server, from: number) {
  const range = { series: BUYERS_SERIES, from, count: BUYERS_COUNT };
  if (from === 0) await prepare(ground, server, range);
  const report = await runLoad(ground, {
    ...{ url: server.url, kind: "complete", ...range, connections: BUYERS },
    ms: (FLOOD_SECONDS - 1) * 1000,
  });
  return { ...report, perSecond: Math.round((report.count / report.elapsedMs) * 1000) };
}
