// Goal: every page of the console can be read and used by anyone, in both languages, light and dark, on a phone, under a policy that lets no
// foreign script run. Method: a real browser, axe-core, and the answers' headers.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { violations } from "../support/axe.ts";
import { type ConsoleStage, openConsoleStage, type Paid, type Visit } from "../support/console-stage.ts";

let stage: ConsoleStage;
let applied: Paid;
let rejected: Paid;
before(async () => {
  stage = await openConsoleStage();
  applied = await stage.paid({ name: "벼루" });
  rejected = await stage.paid({ amount: 64_000 }, { amount: 640 });
});
after(() => stage[Symbol.asyncDispose]());

/** Each page, and what stands on it once it is read. */
const PAGES: readonly (readonly [name: string, path: () => string, ready: string])[] = [
  ["home", () => "", ".u-over"],
  ["orders", () => "/orders", "#orders tr"],
  ["one order", () => `/orders/${applied.merchant_uid}`, "#timeline li"],
  ["a rejected payment", () => `/orders/${rejected.merchant_uid}`, "#timeline li"],
  ["discrepancies", () => "/discrepancies", ".evidence"],
  ["deliveries", () => "/work", "main .filters"],
  ["tasks", () => "/work/tasks", "main .filters"],
  ["operators", () => "/settings/operators", "#operators tr"],
  ["keys", () => "/settings/keys", "main form"],
  ["the event endpoint", () => "/settings/events", "#endpoint-title"],
  ["the audit", () => "/settings/audit", "#acts tr"],
  ["the account", () => "/settings/account", "[name=current]"],
  ["nothing", () => "/no-such-page", "h1"],
];

/** What holds most: seen in every look. */
const RICH = ["home", "a rejected payment", "discrepancies", "operators"];

const LOOKS = [
  { name: "in Korean", locale: "ko-KR" },
  { name: "in English, dark", locale: "en-US", colorScheme: "dark" },
  {
    name: "on a phone",
    locale: "ko-KR",
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
  },
] as const;

describe("Every page of the console passes axe", () => {
  for (const { name: look, ...options } of LOOKS) {
    let visit: Visit;
    before(async () => {
      visit = await stage.operator("admin", options);
    });
    test(`the door ${look}`, async () => {
      const { page } = await stage.visitor(options);
      await page.locator("[name=name]").waitFor();
      assert.deepEqual(await violations(page), []);
      await page.context().close();
    });
    const shown = look === "in Korean" ? PAGES : PAGES.filter(([name]) => RICH.includes(name));
    for (const [name, path, ready] of shown)
      test(`${name} ${look}`, async () => {
        await visit.go(path());
        await visit.page.locator(ready).first().waitFor();
        assert.deepEqual(await violations(visit.page), []);
        assert.deepEqual(visit.faults, []);
        assert.equal(await visit.page.evaluate("document.documentElement.lang"), options.locale.slice(0, 2));
        const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert.equal(await visit.page.evaluate(overflow), 0, "the page moves sideways");
      });
    test(`a dialog ${look}`, async () => {
      await visit.go(`/orders/${applied.merchant_uid}`);
      await visit.page.getByRole("button", { name: /^(환불|Refund)$/ }).click();
      await visit.page.locator("dialog [name=reason]").waitFor();
      assert.deepEqual(await violations(visit.page), []);
      await visit.page.keyboard.press("Escape");
      await visit.page.locator("dialog").waitFor({ state: "detached" });
    });
  }
});

describe("The console's document", () => {
  for (const path of ["", "/orders", "/anything/else"])
    test(`at /console${path} carries a policy without a hole`, async () => {
      const { headers, status, text } = await stage.dojang.request("GET", `/console${path}`);
      assert.equal(status, 200);
      assert.equal(
        headers.get("content-security-policy"),
        "default-src 'none';script-src 'self';style-src 'self';font-src 'self';img-src 'self';connect-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none'",
      );
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.equal(headers.get("referrer-policy"), "no-referrer");
      assert.equal(headers.get("cache-control"), "no-store");
      assert.equal(/<script(?![^>]*\bsrc=)|\son\w+=|style=/.test(text), false, text);
    });
});
