import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import type { Clock } from "../../src/clock.ts";
import { readConfig } from "../../src/config.ts";
import { openLog } from "../../src/log.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox.ts";
import { openBrowser } from "./browser.ts";

export const SHOP_API_KEY = "test-api-key-of-the-shop-0001";

/** The whole sandbox as `npm start` starts it, on free ports and a new database, with a browser in front. */
export interface OpenShop extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly browser: Browser;
  /** Every log line so far. */
  readonly logLines: readonly string[];
  /** A buyer of their own, who asks for Korean: no cookies shared with another. Fails the test on a script error of any page. */
  buyer(options?: BuyerOptions): Promise<Buyer>;
  /** The order of record, as the shop's server reads it. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers freely
  order(merchantUid: string): Promise<any>;
}

interface BuyerOptions extends BrowserContextOptions {
  readonly isOnPhone?: boolean;
}

export interface Buyer {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What went wrong in the pages so far: uncaught errors and refusals of the security policy. */
  readonly faults: readonly string[];
}

/** Longer than any page takes, and short enough that a broken one is told soon. */
const WAIT_MS_MAX = 15_000;
const PHONE = {
  userAgent:
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0 Mobile Safari/537.36",
  viewport: { width: 412, height: 915 },
  isMobile: true,
  hasTouch: true,
};

interface ShopOptions {
  readonly clock?: Clock;
  /** Settings beside the ones that every test has. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function openShop({ clock, env = {} }: ShopOptions = {}): Promise<OpenShop> {
  const folder = mkdtempSync(join(tmpdir(), "dojang-shop-test-"));
  const config = readConfig({
    PORT: "0",
    DATABASE_URL: `sqlite:${join(folder, "dojang.db")}`,
    DOJANG_API_KEY: SHOP_API_KEY,
    DOJANG_RATE_LIMIT: "off",
    ...env,
  });
  const onFatal = (error: Error) => {
    throw error;
  };
  const logLines: string[] = [];
  const log = openLog("info", { write: (line: string) => void logLines.push(line) });
  const sandbox = await startSandbox(config, { log, onFatal, ...(clock === undefined ? {} : { clock }) });
  const browser = await openBrowser();
  return {
    sandbox,
    browser,
    logLines,
    async buyer({ isOnPhone = false, ...options } = {}) {
      const context = await browser.newContext({
        locale: "ko-KR",
        ...(isOnPhone ? PHONE : {}),
        ...options,
      });
      context.setDefaultTimeout(WAIT_MS_MAX);
      const page = await context.newPage();
      return { context, page, faults: faultsOf(page) };
    },
    async order(merchantUid) {
      const response = await fetch(`${sandbox.dojang.privateUrl}/v1/orders/${merchantUid}`, {
        headers: { authorization: `Bearer ${SHOP_API_KEY}` },
      });
      return response.json();
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function faultsOf(page: Page): string[] {
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy|CORS/.test(message.text())) faults.push(message.text());
  });
  return faults;
}
