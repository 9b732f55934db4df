// R53: secrets and personal data in replies, logs and files. Goal: no reply, header, log line, error page or byte on the disk ever
// holds a key, a token, or what belongs to a buyer, outside of the fields documented for it. Method: every one of them is a
// sentinel; every route is asked, rightly and wrongly, under every fault that carries them; then all sinks are searched.
import assert from "node:assert/strict";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import type { AnswerOverride } from "../../src/emulator/overrides.ts";
import { ERRORS } from "../../src/errors.ts";
import { selfSigned } from "../gateway/self-signed.ts";
import {
  DOCUMENTED,
  type Fault,
  type Played,
  playFault,
  SENTINELS,
  type Stage,
} from "../support/secret-stage.ts";
import { assertSilent, sentinelsIn } from "../support/sentinels.ts";
import { refusePayments, refuseWrites } from "../support/spoil-database.ts";

function allSecrets({ emulator }: Stage): string {
  return [...Object.values(SENTINELS), ...emulator.model.state.tokens.keys()].join(" ");
}

/** An error page that holds all that its server knows. */
function errorPage(stage: Stage): string {
  return JSON.stringify({ code: -1, message: allSecrets(stage), response: null });
}

function answering(stage: Stage, path: string | RegExp, answer: AnswerOverride): undefined {
  stage.emulator.override({ path }, answer);
}

/** The token is refused, so that each call logs in first. */
function loginAnswering(stage: Stage, answer: AnswerOverride): undefined {
  stage.emulator.tokens.revokeAll();
  answering(stage, "/users/getToken", answer);
}

/** Holds the calls until the fault is undone. */
function hang(stage: Stage, path: string | RegExp): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = stage.emulator.override({ path }, { holdUntil: promise });
  return () => {
    end();
    resolve();
  };
}

const PAYMENT = /^\/payments\/imp/;
const PENDING = "202 pending";

const LOGIN_FAULTS: readonly Fault[] = [
  {
    id: "R53-b",
    what: "a login that is refused, and repeats our key and secret",
    break: (stage) => loginAnswering(stage, { status: 401, body: errorPage(stage) }),
    complete: PENDING,
  },
  {
    id: "R53-c",
    what: "a login that fails, and repeats our key and secret",
    break: (stage) => loginAnswering(stage, { status: 500, body: errorPage(stage) }),
    complete: PENDING,
  },
  {
    id: "R53-d",
    what: "a login that breaks off inside of the token",
    break: (stage) => loginAnswering(stage, { cutAt: 60 }),
    complete: PENDING,
  },
  {
    id: "R53-e",
    what: "a login that hangs",
    break: (stage) => {
      stage.emulator.tokens.revokeAll();
      return hang(stage, "/users/getToken");
    },
    isHanging: true,
    complete: PENDING,
  },
  {
    id: "R53-f",
    what: "a token that no header can carry",
    break(stage) {
      const response = { access_token: `sentinel token\r\nx: ${SENTINELS["tel"]}`, now: 1, expired_at: 1801 };
      return loginAnswering(stage, {
        status: 200,
        body: JSON.stringify({ code: 0, message: null, response }),
      });
    },
    complete: PENDING,
  },
];

const PAYMENT_FAULTS: readonly Fault[] = [
  {
    id: "R53-g",
    what: "an error page that knows everything",
    break: (stage) => answering(stage, PAYMENT, { status: 500, body: errorPage(stage) }),
    complete: PENDING,
  },
  {
    id: "R53-h",
    what: "an HTML page that knows everything",
    break: (stage) =>
      answering(stage, PAYMENT, {
        status: 502,
        headers: { "content-type": "text/html" },
        body: `<html><body>${allSecrets(stage)}</body></html>`,
      }),
    complete: PENDING,
  },
  {
    id: "R53-i",
    what: "a payment that hangs",
    break: (stage) => hang(stage, PAYMENT),
    isHanging: true,
    complete: PENDING,
  },
  {
    id: "R53-j",
    what: "a payment that breaks off in the middle",
    break: (stage) => answering(stage, PAYMENT, { cutAt: 700 }),
    complete: PENDING,
  },
  {
    id: "R53-k",
    what: "a payment with more behind it",
    break: (stage) =>
      answering(stage, PAYMENT, { status: 200, body: `{"code":0,"response":{}} ${allSecrets(stage)}` }),
    complete: PENDING,
  },
  {
    id: "R53-l",
    what: "a payment that is a bare text",
    break: (stage) => answering(stage, PAYMENT, { status: 200, body: JSON.stringify(allSecrets(stage)) }),
    complete: PENDING,
  },
  {
    id: "R53-m",
    what: "a redirect whose address holds the token",
    break: (stage) =>
      answering(stage, PAYMENT, {
        status: 302,
        headers: { location: `http://127.0.0.1:1/?${new URLSearchParams({ token: allSecrets(stage) })}` },
        body: "",
      }),
    complete: PENDING,
  },
  {
    id: "R53-n",
    what: "a payment that keeps a buyer's mail where its order belongs",
    break: ({ emulator, subject }) => {
      emulator.edit(subject.impUid, { merchant_uid: String(SENTINELS["buyer_email"]) });
      return undefined;
    },
    complete: "404 notFound",
  },
  {
    id: "R53-o",
    what: "a payment whose fields are of the wrong type",
    break: ({ emulator, subject }) => {
      const raw = {
        status: JSON.stringify([SENTINELS["buyer_tel"]]),
        amount: JSON.stringify(SENTINELS["tel"]),
      };
      emulator.edit(subject.impUid, { raw });
      return undefined;
    },
    complete: PENDING,
  },
  {
    id: "R53-p",
    what: "a payment that failed with a reason of its own",
    break: ({ emulator, subject }) => {
      emulator.fail(subject.impUid, SENTINELS["fail_reason"]);
      return undefined;
    },
    complete: "402 failed",
  },
];

const OWN_WORDS = "payments.imp_uid: words of the database";

const OWN_FAULTS: readonly Fault[] = [
  {
    id: "R53-q",
    what: "a database that takes no write",
    break: ({ databaseUrl }) => refuseWrites(databaseUrl),
    complete: "503 unavailable",
  },
  {
    id: "R53-r",
    what: "a database that refuses a row, in words of its own",
    async break({ databaseUrl, emulator, subject }) {
      await refusePayments(databaseUrl, OWN_WORDS);
      emulator.deposit(subject.impUid);
      return undefined;
    },
    complete: "500 error",
  },
  {
    id: "R53-s",
    what: "a fault of ours whose text quotes what it choked on",
    break(stage) {
      const { deps } = stage.dojang.dojang;
      const { policyFor } = deps;
      deps.policyFor = async () => {
        throw new SyntaxError(`Unexpected token in ${errorPage(stage)}`);
      };
      return () => {
        deps.policyFor = policyFor;
      };
    },
    complete: "500 error",
  },
  {
    id: "R53-t",
    what: "a fault of ours that is no Error",
    break(stage) {
      const { deps } = stage.dojang.dojang;
      const { policyFor } = deps;
      deps.policyFor = () => Promise.reject(errorPage(stage));
      return () => {
        deps.policyFor = policyFor;
      };
    },
    complete: "500 error",
  },
];

async function expectSilence(fault: Fault): Promise<Played> {
  const played = await playFault(fault);
  const { status, body } = played.answers[0]?.answer ?? {};
  assert.equal(`${status} ${body?.status}`, fault.complete, "the fault is there");
  assertSilent(played.sinks, { sentinels: played.sentinels, documented: DOCUMENTED });
  const { title } = ERRORS.internal_error;
  for (const { line, answer } of played.answers) {
    assert.ok(!answer.text.includes(OWN_WORDS), `${line} shows the database's words`);
    // A fault of ours says that it is one, and no more; whoever runs the server finds it in the log.
    if (answer.status === 500) assert.equal(answer.body.detail ?? answer.body.message, title, line);
  }
  const hasFault = played.answers.some(({ answer }) => answer.status === 500);
  const hasAlarm = played.logLines.some((line) => JSON.parse(line).msg === "request_failed");
  assert.equal(hasAlarm, hasFault, "a fault of ours raises an alarm");
  return played;
}

describe("no secret in any reply, log line or file", () => {
  test("R53-a with an unknown imp_uid, on every route that OpenAPI names", async () => {
    const played = await expectSilence({ id: "R53-a", what: "nothing", complete: "200 vbankIssued" });
    const { body } = played.answers.find(({ route }) => route === "GET /openapi.json")?.answer ?? {};
    const named = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const asked = new Set(played.answers.map(({ route }) => route));
    assert.deepEqual(
      named.filter((route) => !asked.has(route)),
      [],
      "every route is asked",
    );
    // The search can find: the documented fields do hold what is documented.
    const shown = played.answers.map(({ answer }) => answer.text).join("\n");
    for (const name of Object.keys(DOCUMENTED))
      assert.ok(sentinelsIn(shown, played.sentinels).includes(name), `${name} is shown where it may be`);
  });

  for (const fault of [...LOGIN_FAULTS, ...PAYMENT_FAULTS, ...OWN_FAULTS]) {
    test(`${fault.id} with ${fault.what}`, async () => void (await expectSilence(fault)));
  }

  test("R53-u with a gateway whose certificate nobody vouches for", async () => {
    const day = 24 * 60 * 60 * 1000;
    const validity = { from: new Date(Date.now() - day), to: new Date(Date.now() + day) };
    const server = createServer(selfSigned(validity), (_request, response) => response.end("{}"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const gatewayUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      await expectSilence({ id: "R53-u", what: "TLS", gatewayUrl, complete: PENDING });
    } finally {
      server.close();
    }
  });

  test("R53-v with a gateway that is not there", async () => {
    const gatewayUrl = "http://127.0.0.1:1";
    await expectSilence({ id: "R53-v", what: "refused", gatewayUrl, complete: PENDING });
  });
});
