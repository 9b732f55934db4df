// R55: checks that break instead of failing. Goal: a check that throws refuses, whichever it is, and never lets a payment through.
// Method: every field that the acceptance rule reads throws in turn, in the domain and behind real HTTP; after the fault is
// gone the same payment still pays.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { acceptPayment } from "../../src/domain/accept-payment.ts";
import { decideCompletion } from "../../src/domain/decide-completion.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { DojangError } from "../../src/errors.ts";
import { aggregateOf, issuedOf, orderOf, policyOf, snapshotOf } from "../support/domain.ts";
import { openWorld } from "../support/forgery.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";
import { until } from "../support/until.ts";
import { untilHintsDone } from "../support/until-hints-done.ts";

class Broken extends Error {}

interface Inputs {
  readonly order: ReturnType<typeof orderOf>;
  readonly payment: ReturnType<typeof snapshotOf>;
  readonly policy: Policy;
}

/** The same value, whose every field is handed to `onRead` by its path before it is read. */
function watched<Value>(value: Value, path: string, onRead: (path: string) => void): Value {
  if (typeof value !== "object" || value === null || value instanceof Set) return value;
  return new Proxy(value, {
    get(target, key, receiver) {
      const field = typeof key === "symbol" ? path : `${path}.${key}`;
      if (typeof key !== "symbol" && Object.hasOwn(target, key)) onRead(field);
      const item: unknown = Reflect.get(target, key, receiver);
      return typeof item === "function" ? item.bind(target) : watched(item, field, onRead);
    },
  }) as Value;
}

function watchedInputs({ order, payment, policy }: Inputs, onRead: (path: string) => void): Inputs {
  return {
    order: watched(order, "order", onRead),
    payment: watched(payment, "payment", onRead),
    policy: watched(policy, "policy", onRead),
  };
}

/** What the rule reads of an honest payment. */
function readFields(inputs: Inputs): string[] {
  const fields = new Set<string>();
  const { order, payment, policy } = watchedInputs(inputs, (path) => fields.add(path));
  acceptPayment(order, payment, policy);
  return [...fields];
}

const order = orderOf({ allowed: { payMethods: ["card", "vbank"], channels: ["tosspayments:shop1"] } });
const policy = policyOf({ channels: new Set(["tosspayments:shop1"]), promotions: new Set(["summer"]) });
const HONEST: Readonly<Record<string, Inputs>> = {
  "a card payment": { order, policy, payment: snapshotOf({ promotionId: "summer", pgTransactionId: "t_1" }) },
  "a virtual account": { order, policy, payment: issuedOf() },
};

describe("decideCompletion() when a check throws", () => {
  for (const [what, inputs] of Object.entries(HONEST)) {
    const fields = readFields(inputs);

    test(`R55-c reads what it needs of ${what}, and accepts it`, () => {
      for (const needed of [
        "payment.status",
        "payment.sandbox",
        "payment.amount",
        "order.amount",
        "policy.channels",
      ])
        assert.ok(fields.includes(needed), needed);
      const { outcome } = decideCompletion({
        aggregate: aggregateOf({ order: inputs.order }),
        seen: inputs.payment,
        policy: inputs.policy,
        isOurId: true,
        foundBy: "look",
      });
      assert.ok(["success", "account_issued"].includes(outcome.kind));
    });

    for (const field of fields) {
      test(`R55-c lets no payment through when ${field} of ${what} throws`, () => {
        const broken = watchedInputs(inputs, (path) => {
          if (path === field) throw new Broken(path);
        });
        const decide = () =>
          decideCompletion({
            aggregate: aggregateOf({ order: broken.order }),
            seen: broken.payment,
            policy: broken.policy,
            isOurId: true,
            foundBy: "look",
          });
        assert.throws(decide, Broken, "no check is skipped, and no fault is swallowed");
      });
    }
  }
});

const world = await openWorld();
after(() => world.close());
const { deps } = world.dojang.dojang;

/** What may break behind a request, and how to mend it. */
const FAULTS: readonly {
  readonly id: string;
  readonly what: string;
  readonly answer: string;
  readonly break: () => () => void;
}[] = [
  ...(["isSandbox", "channels", "promotions"] as const).map((field) => ({
    id: "R55-d",
    what: `policy.${field} throws`,
    answer: "500 error",
    break: () => {
      const { policyFor } = deps;
      deps.policyFor = async (payment) => {
        const usual = await policyFor(payment);
        assert.ok(usual);
        return Object.defineProperty({ ...usual }, field, {
          get() {
            throw new Broken(field);
          },
        });
      };
      return () => {
        deps.policyFor = policyFor;
      };
    },
  })),
  {
    id: "R55-e",
    what: "what is accepted cannot be told",
    answer: "500 error",
    break: () => {
      const { policyFor } = deps;
      deps.policyFor = async () => {
        throw new Broken("policy");
      };
      return () => {
        deps.policyFor = policyFor;
      };
    },
  },
  {
    id: "R55-f",
    what: "what is accepted is not known yet",
    answer: "202 pending",
    break: () => {
      const { policyFor } = deps;
      deps.policyFor = async () => undefined;
      return () => {
        deps.policyFor = policyFor;
      };
    },
  },
  {
    id: "R55-g",
    what: "whose order it is cannot be told",
    answer: "500 error",
    break: () => {
      const { isOurs } = deps.orderIds;
      deps.orderIds.isOurs = () => {
        throw new Broken("isOurs");
      };
      return () => {
        deps.orderIds.isOurs = isOurs;
      };
    },
  },
  {
    id: "R55-h",
    what: "the gateway's client throws",
    answer: "500 error",
    break: () => {
      const { gateway } = deps;
      const fetchPayment = gateway.fetchPayment.bind(gateway);
      gateway.fetchPayment = async () => {
        throw new Broken("fetchPayment");
      };
      return () => {
        gateway.fetchPayment = fetchPayment;
      };
    },
  },
  {
    id: "R55-i",
    what: "the database cannot be asked",
    answer: "503 unavailable",
    break: () => {
      const { store } = deps;
      const hasOrder = store.hasOrder.bind(store);
      store.hasOrder = async () => {
        throw new DojangError("storage_unavailable", "Cannot use the database: it answered SQLITE_BUSY");
      };
      return () => {
        store.hasOrder = hasOrder;
      };
    },
  },
];

describe("POST /payments/complete when a check throws", () => {
  for (const { id, what, answer, break: breakIt } of FAULTS) {
    test(`${id} ${what}: ${answer}, nothing changes, and the payment pays once it is mended`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order);
      const before = await scene.stored(order);
      const mend = breakIt();
      try {
        const { status, body } = await scene.complete(payment, order);
        assert.equal(`${status} ${body.status}`, answer);
        const { order: row, events } = await scene.stored(order);
        assert.deepEqual({ row, events }, { row: before.order, events: before.events });
      } finally {
        mend();
      }
      await scene.expectAnswer("success", { payment, order });
      await scene.expectStored(order, {
        status: "paid",
        paidBy: payment.imp_uid,
        payments: { [payment.imp_uid]: "applied" },
      });
      await scene.expectBystandersUnchanged();
    });
  }

  test("R55-j a webhook whose check throws is kept, its task is dead with an alarm, and the next one revives it", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order);
    const key = `verify:${payment.imp_uid}`;
    const stateOf = async () =>
      (await deps.store.readTasks({ limit: 10_000 })).find((task) => task.key === key)?.state;
    const before = await scene.stored(order);
    const { policyFor } = deps;
    deps.policyFor = async () => {
      throw new Broken("policy");
    };
    await scene.emulator.webhooks.send(payment.imp_uid);
    await until("the task is dead", async () => (await stateOf()) === "dead");
    deps.policyFor = policyFor;
    assertUnchanged(before, await scene.stored(order));
    const lines = scene.dojang.logLines.map((line) => JSON.parse(line));
    assert.ok(lines.some(({ msg, alarm, task }) => msg === "task_threw" && alarm === true && task === key));
    await scene.emulator.webhooks.send(payment.imp_uid);
    await untilHintsDone(scene.dojang, payment.imp_uid);
    await scene.expectStored(order, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
    });
  });
});
