import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { createLiveFeed } from "../../src/http/console/live-feed.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { type Console, signedIn } from "../support/console.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { until } from "../support/until.ts";
import { assertProblem } from "./answers.ts";

/** The second hand moves when a test says so; timers run then. */
function handClock() {
  let now = Date.UTC(2026, 7, 3, 1);
  let waiting: { readonly at: number; readonly run: () => void }[] = [];
  return {
    now: () => now,
    after(delayMs: number, run: () => void) {
      const timer = { at: now + delayMs, run };
      waiting.push(timer);
      return () => {
        waiting = waiting.filter((other) => other !== timer);
      };
    },
    pass(ms: number) {
      now += ms;
      const due = waiting.filter(({ at }) => at <= now);
      waiting = waiting.filter(({ at }) => at > now);
      for (const { run } of due) run();
    },
  };
}

let clock: ReturnType<typeof handClock>;
let emulator: Emulator;
let dojang: TestDojang;
let viewer: Console;
before(async () => {
  emulator = await startEmulator();
  clock = handClock();
  dojang = await startTestDojang({ emulator, clock, role: "serve" });
  viewer = await signedIn(dojang, "viewer");
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

async function openLive({ cookie }: Console) {
  const headers = { cookie };
  const abort = new AbortController();
  const response = await fetch(`${dojang.dojang.privateUrl}/console/api/live`, {
    headers,
    signal: abort.signal,
  });
  let text = "";
  let isOver = false;
  const reading = (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString("utf8");
  })().then(
    () => {
      isOver = true;
    },
    () => {
      isOver = true;
    },
  );
  return {
    response,
    seen: () => text,
    isOver: () => isOver,
    async close() {
      abort.abort();
      await reading;
    },
  };
}

/** Lets the feed look until it has told what is looked for. */
const hear = (live: { seen(): string }, words: string) =>
  until(`the page hears ${words}`, () => {
    clock.pass(1000);
    return live.seen().includes(words);
  });

describe("GET /console/api/live", () => {
  test("tells what happens, once, whoever wrote it", async () => {
    const before = (await dojang.order()).body.merchant_uid;
    const live = await openLive(viewer);
    // An operator who is quick: no second has passed since the first page opened.
    const early = (await dojang.order()).body.merchant_uid;
    assert.equal(live.response.headers.get("content-type"), "text/event-stream; charset=utf-8");
    assert.equal(live.response.headers.get("cache-control"), "no-store");
    await hear(live, early);
    await until("the feed looks", async () => {
      clock.pass(1000);
      return live.seen().split("event: beat").length > 2;
    });
    const { merchant_uid } = (await dojang.order()).body;
    await hear(live, merchant_uid);
    const beats = live.seen().split("event: beat").length;
    await until("two more beats", () => {
      clock.pass(1000);
      return live.seen().split("event: beat").length > beats + 2;
    });
    assert.equal(live.seen().split(merchant_uid).length, 2, live.seen());
    assert.equal(live.seen().split("event: events").length, 3);
    assert.equal(live.seen().includes(before), false);
    await live.close();
  });

  test("ends when the session does", async () => {
    const other = await signedIn(dojang, "viewer", "leaving");
    const live = await openLive(other);
    await hear(live, "event: beat");
    await other.ask("POST", "/session/end-all");
    await hear(live, "event: signed_out");
    await until("the stream is over", () => live.isOver());
  });

  // With the beat a page learns that its session is over, and that the server lives.
  test("beats on when the clock was set back", async () => {
    const time = new ManualClock(clock.now());
    let beats = 0;
    const feed = createLiveFeed({ ...dojang.dojang.deps, clock: time });
    const stop = feed.listen(({ kind }) => {
      if (kind === "beat") beats += 1;
    });
    const isBeat = (number: number) => () => {
      time.advance(1000);
      return beats >= number;
    };
    await until("the first beat", isBeat(1));
    time.jump(-3_600_000);
    await until("another one", isBeat(2));
    assert.equal(time.now() < clock.now(), true, "before the old time has come again");
    stop();
  });

  test("is open for as many pages as may be, and no more", async () => {
    const pages = await Promise.all(Array.from({ length: 10 }, () => openLive(viewer)));
    assertProblem(await viewer.ask("GET", "/live"), "overloaded");
    await pages.pop()?.close();
    await until("there is room again", async () => {
      const page = await openLive(viewer);
      pages.push(page);
      return page.response.status === 200;
    });
    await Promise.all(pages.map((page) => page.close()));
  });

  test("holds no server back that ends", async () => {
    await using other = await startTestDojang({ emulator, role: "serve" });
    const { cookie } = await signedIn(other, "viewer");
    const response = await fetch(`${other.dojang.privateUrl}/console/api/live`, { headers: { cookie } });
    const reader = response.body?.getReader();
    await reader?.read();
    const closing = other.close();
    while (!(await reader?.read())?.done);
    await closing;
  });
});
