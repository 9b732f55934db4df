import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { startTestDojang, TEST_API_KEY, type TestDojang } from "./dojang.ts";
import { askEveryRoute, type RouteAnswer } from "./every-route.ts";
import { LIVE_MERCHANT } from "./forgery.ts";
import type { Documented, Sentinels, Sink } from "./sentinels.ts";
import { bytesIn, databaseIn, removeDatabaseIn } from "./test-engine.ts";
import { until } from "./until.ts";

const dataKey = randomBytes(32);
const MERCHANT = {
  ...LIVE_MERCHANT,
  impKey: "sentinel-imp-key-0715",
  impSecret: "sentinel-imp-secret-8c1e55aa90",
};
const CUSTOMER = {
  id: "customer-0815",
  name: "독고센티널",
  email: "sentinel.customer@mail.example",
  tel: "010-7365-7465",
};
/** What the gateway knows of the buyer, and Dojang has no use for. */
const BUYER = {
  buyer_name: "황보비밀번호",
  buyer_tel: "010-9911-2244",
  buyer_email: "sentinel.buyer@mail.example",
  buyer_addr: "센티널로 77길 3",
  buyer_postcode: "SENTINEL-06164",
  card_number: "943215******7788",
  custom_data: "sentinel-custom-data",
  fail_reason: "sentinel-reason of 황보비밀번호",
};
const ACCOUNT = { vbank_num: "56211105948466", vbank_holder: "제갈예금주" };
const NOTE = "sentinel-note-of-the-shop";

/** Where the answers may hold what belongs to a buyer. Keys and tokens have no place. */
export const DOCUMENTED: Documented = {
  name: ["customer.name", "data.*.customer.name", "name"],
  email: ["customer.email", "data.*.customer.email", "email"],
  tel: ["customer.tel", "data.*.customer.tel", "tel"],
  note: ["metadata.note", "data.*.metadata.note"],
  vbank_num: ["vbank_num", ...accountPaths("vbank_num")],
  vbank_holder: ["vbank_holder", ...accountPaths("vbank_holder")],
};

function accountPaths(field: string): string[] {
  return ["virtual_account", "data.*.virtual_account", "virtual_accounts.*"].map(
    (path) => `${path}.${field}`,
  );
}

export interface Stage {
  readonly emulator: Emulator;
  readonly dojang: TestDojang;
  readonly databaseUrl: string;
  readonly subject: Parameters<typeof askEveryRoute>[1];
}

/** Everything that left the server or lies in its files. */
export interface Played {
  readonly answers: readonly RouteAnswer[];
  readonly sinks: readonly Sink[];
  readonly sentinels: Sentinels;
  readonly logLines: readonly string[];
}

/** Breaks something, asks every route, undoes it, and returns all that could be seen meanwhile. */
export async function playFault(fault: Fault): Promise<Played> {
  const own = mkdtempSync(join(tmpdir(), "dojang-secrets-"));
  await using emulator = await startEmulator({ seed: 4711 });
  emulator.model.addMerchant(MERCHANT);
  emulator.webhooks.auto = false;
  const dojang = await startTestDojang({ emulator, folder: own, env: settings(fault) });
  const files: Sink[] = [];
  let answers: RouteAnswer[] = [];
  try {
    const { merchant_uid } = (await dojang.order({ customer: CUSTOMER, metadata: { note: NOTE } })).body;
    const { imp_uid } = emulator.pay({ ...LIVE_ACCOUNT, merchant_uid });
    const subject = { merchantUid: merchant_uid, impUid: imp_uid, customer: CUSTOMER };
    if (fault.gatewayUrl === undefined) {
      await until("the sentinels are on their way", async () => {
        const { body } = await dojang.complete({ imp_uid, merchant_uid });
        return body.vbank_num === ACCOUNT.vbank_num;
      });
    }
    const stage = { emulator, dojang, databaseUrl: await databaseIn(own), subject };
    const undo = await fault.break?.(stage);
    answers = await askEveryRoute(dojang, subject);
    files.push(...(await filesOf(own)));
    await undo?.();
  } finally {
    await dojang.close();
    files.push(...(await filesOf(own)));
    await removeDatabaseIn(own);
  }
  const tokens = [...emulator.model.state.tokens.keys()];
  const sentinels = { ...SENTINELS, ...Object.fromEntries(tokens.map((text, at) => [`token ${at}`, text])) };
  return {
    answers,
    sentinels,
    logLines: dojang.logLines,
    sinks: [...answers.flatMap(sinksOf), ...linesOf(dojang), ...files],
  };
}

const LIVE_ACCOUNT = {
  ...BUYER,
  ...ACCOUNT,
  amount: 50_000,
  pay_method: "vbank",
  status: "ready",
  sandbox: false,
  userCode: MERCHANT.userCode,
} as const;

export const SENTINELS: Sentinels = {
  imp_key: MERCHANT.impKey,
  imp_secret: MERCHANT.impSecret,
  api_key: TEST_API_KEY,
  data_key: dataKey.toString("base64"),
  name: CUSTOMER.name,
  email: CUSTOMER.email,
  tel: CUSTOMER.tel,
  note: NOTE,
  ...BUYER,
  ...ACCOUNT,
};

function settings({ gatewayUrl, isHanging = false }: Fault): Record<string, string> {
  return {
    DOJANG_MODE: "live",
    DOJANG_ALLOW_ONE_PORT: "1",
    DOJANG_ALLOW_LOOPBACK_GATEWAY: "1",
    DOJANG_COMPLETE_BUDGET_MS: isHanging ? "100" : "30000",
    DOJANG_DATA_KEY: dataKey.toString("base64"),
    IMP_KEY: MERCHANT.impKey,
    IMP_SECRET: MERCHANT.impSecret,
    ...(gatewayUrl === undefined ? {} : { IMP_API_URL: gatewayUrl }),
  };
}

function sinksOf({ route, line, answer }: RouteAnswer): Sink[] {
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  const isJson = answer.headers.get("content-type")?.includes("json") ?? false;
  return [
    { what: `the headers of ${line}`, bytes: Buffer.from(headers) },
    {
      what: `the answer to ${line}`,
      bytes: Buffer.from(answer.text),
      ...(isJson ? { json: answer.body } : {}),
      // The buyer's own page: it shows where to pay to.
      ...(route === "GET /checkout/{merchant_uid}" ? { allowed: Object.keys(ACCOUNT) } : {}),
    },
  ];
}

function linesOf({ logLines }: TestDojang): Sink[] {
  return logLines.map((line) => {
    // What a text message says, without its numbers: the console driver stands in for the buyer's phone.
    const isMessage = JSON.parse(line).msg === "text_message";
    return { what: "the log", bytes: Buffer.from(line), ...(isMessage ? { allowed: ["vbank_holder"] } : {}) };
  });
}

async function filesOf(folder: string): Promise<Sink[]> {
  return (await bytesIn(folder)).map(([what, bytes]) => ({ what, bytes }));
}

type Undo = (() => unknown) | undefined;

/** Something that goes wrong, in a way that carries secrets. */
export interface Fault {
  readonly id: string;
  readonly what: string;
  /** @returns how to undo it before the server closes */
  readonly break?: (stage: Stage) => Undo | Promise<Undo>;
  readonly gatewayUrl?: string;
  /** Whether calls of the gateway are held until it is undone: then buyers wait for a short while only. */
  readonly isHanging?: boolean;
  /** How complete answers under it: shows that the fault is there. */
  readonly complete: string;
}
