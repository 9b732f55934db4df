import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import type { OperatorRole } from "../../src/storage/store.ts";
import { openBrowser } from "./browser.ts";
import { makeOperator, OPERATOR_PASSWORD } from "./console.ts";
import { startTestDojang, type TestDojang } from "./dojang.ts";

export interface ConsoleStage extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly dojang: TestDojang;
  readonly browser: Browser;
  readonly url: string;
  /** A browser of their own at the door. */
  visitor(options?: BrowserContextOptions): Promise<Visit>;
  /** An operator of this role at the console's first page. */
  operator(role: OperatorRole, options?: BrowserContextOptions & { readonly name?: string }): Promise<Visit>;
  order(fields?: Record<string, unknown>): Promise<string>;
  /** An order with a payment of the gateway, completed: 50,000 KRW by card unless said otherwise. */
  paid(order?: Record<string, unknown>, payment?: Record<string, unknown>): Promise<Paid>;
}

export interface Paid {
  readonly merchant_uid: string;
  readonly imp_uid: string;
}

export interface Visit {
  readonly page: Page;
  /** What went wrong in the page: uncaught errors, and refusals of the security policy. */
  readonly faults: readonly string[];
  go(path: string): Promise<void>;
}

const WAIT_MS_MAX = 15_000;
const CUSTOMER = { id: "user-1", name: "홍길동", email: "hong@example.com", tel: "010-1234-5678" };

/** The server, the emulator and a browser in front of the console. */
export async function openConsoleStage(env: Record<string, string> = {}): Promise<ConsoleStage> {
  const emulator = await startEmulator();
  const dojang = await startTestDojang({ emulator, env });
  const browser = await openBrowser();
  const url = `${dojang.dojang.privateUrl}/console`;
  const order = async (fields: Record<string, unknown> = {}) =>
    (await dojang.order({ customer: CUSTOMER, ...fields })).body.merchant_uid;
  const visitor = async (options: BrowserContextOptions = {}): Promise<Visit> => {
    const context = await browser.newContext({ locale: "ko-KR", ...options });
    context.setDefaultTimeout(WAIT_MS_MAX);
    const page = await context.newPage();
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => {
      if (/Content Security Policy|CORS/.test(message.text())) faults.push(message.text());
    });
    const go = async (path: string) => void (await page.goto(url + path));
    await go("");
    return { page, faults, go };
  };
  let operators = 0;
  return {
    emulator,
    dojang,
    browser,
    url,
    visitor,
    order,
    async operator(role, { name = `${role}-${++operators}`, ...options } = {}) {
      await makeOperator(dojang, name, role);
      const visit = await visitor(options);
      await visit.page.locator("[name=name]").fill(name);
      await visit.page.locator("[name=password]").fill(OPERATOR_PASSWORD);
      await visit.page.locator("[type=submit]").click();
      await visit.page.locator("#live").waitFor();
      return visit;
    },
    async paid(fields = {}, payment = {}) {
      const merchant_uid = await order(fields);
      const made = {
        merchant_uid,
        amount: 50_000,
        status: "paid",
        sandbox: true,
        pay_method: "card",
        ...payment,
      };
      const { imp_uid } = emulator.model.createPayment(
        made as Parameters<typeof emulator.model.createPayment>[0],
      );
      await dojang.complete({ imp_uid, merchant_uid });
      return { merchant_uid, imp_uid };
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await dojang[Symbol.asyncDispose]();
      await emulator.close();
    },
  };
}
