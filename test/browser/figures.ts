// Prints what each page weighs and how soon it can be used, on a slow phone: `npm run pages:figures`. Lighthouse's mobile profile: 1.6 Mbit/s,
// 150 ms there and back, a quarter of this machine's speed, nothing cached. The sizes are sure; the times are this machine's.
import type { CDPSession, Page } from "playwright-core";
import { newOrder, payWindow, pressPay, screenIs } from "../support/hosted.ts";
import { type OpenShop, openShop } from "../support/open-shop.ts";

const PROFILE = {
  offline: false,
  latency: 150,
  downloadThroughput: (1_600_000 / 8) * 0.9,
  uploadThroughput: (750_000 / 8) * 0.9,
};
const CPU_SLOWDOWN = 4;
const RUNS = 3;

interface Figures {
  readonly requests: number;
  readonly bytes: number;
  readonly scriptBytes: number;
  readonly laterBytes: number;
  readonly paintMs: number;
  readonly interactiveMs: number;
  readonly shift: number;
}

interface Times {
  readonly paint: number;
  readonly interactive: number;
  readonly shift: number;
  readonly load: number;
}

/** Runs in the page before anything of its own. */
const WATCH = `{
  window.figures = { longEnd: 0, shift: 0 };
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) window.figures.longEnd = startTime + duration;
  }).observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) window.figures.shift += value;
  }).observe({ type: "layout-shift", buffered: true });
}`;

/** Usable: painted, its scripts run, and the last task that kept a finger waiting is over. */
const READ = `(() => {
  const [navigation] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  const [mark] = performance.getEntriesByName("interactive");
  const { longEnd, shift } = window.figures;
  const interactive = Math.max(paint?.startTime ?? 0, mark?.startTime ?? 0, navigation.domContentLoadedEventEnd, longEnd);
  return { paint: paint?.startTime ?? 0, interactive, shift, load: navigation.loadEventEnd };
})()`;

async function measure(shop: OpenShop, address: string): Promise<Figures> {
  const { page, context } = await shop.buyer({ isOnPhone: true });
  const cdp = await context.newCDPSession(page);
  await cdp.send("Network.enable");
  await cdp.send("Network.emulateNetworkConditions", PROFILE);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWDOWN });
  const loaded = watchNetwork(cdp);
  await page.addInitScript(WATCH);
  await page.goto(address, { waitUntil: "networkidle" });
  const times = (await page.evaluate(READ)) as Times;
  await context.close();
  const first = loaded().filter(({ isFont }) => !isFont);
  const sum = (rows: readonly { bytes: number }[]) => rows.reduce((total, { bytes }) => total + bytes, 0);
  return {
    requests: first.length,
    bytes: sum(first),
    scriptBytes: sum(first.filter(({ type }) => type === "Script")),
    laterBytes: sum(loaded().filter(({ isFont }) => isFont)),
    paintMs: times.paint,
    interactiveMs: times.interactive,
    shift: times.shift,
  };
}

/** Every answer that comes, with its bytes on the wire. */
function watchNetwork(cdp: CDPSession) {
  const rows = new Map<string, { url: string; type: string; bytes: number; isFont: boolean }>();
  cdp.on("Network.responseReceived", ({ requestId, type, response: { url } }) => {
    const isFont = type === "Font" || /\/fonts-[^/]*\.css$/.test(url);
    rows.set(requestId, { url, type, bytes: 0, isFont });
  });
  cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const row = rows.get(requestId);
    if (row !== undefined) row.bytes = encodedDataLength;
  });
  return () => [...rows.values()];
}

const middle = (values: readonly number[]) =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

async function pages(shop: OpenShop): Promise<readonly (readonly [name: string, address: string])[]> {
  const { page, context } = await shop.buyer();
  const open = await newOrder(shop);
  const account = await newOrder(shop);
  const paid = await newOrder(shop);
  await finish(page, account.url, "vbank");
  await finish(page, paid.url, "card");
  await context.close();
  const { emulatorUrl = "", shopUrl } = shop.sandbox;
  const asked = {
    params: { merchant_uid: "figures_0001", amount: 1000, name: "먹" },
    user_code: "imp00000001",
  };
  const payWindowUrl = `${emulatorUrl}/window?flow=redirect#${encodeURIComponent(JSON.stringify(asked))}`;
  return [
    ["checkout: form", open.url],
    ["checkout: account", account.url],
    ["checkout: paid", paid.url],
    ["checkout: unknown order", new URL("/checkout/nothing-is-here", open.url).href],
    ["emulator: window", payWindowUrl],
    ["emulator: admin", `${emulatorUrl}/admin`],
    ["example shop", shopUrl],
  ];
}

async function finish(page: Page, url: string, method: string): Promise<void> {
  await page.goto(url);
  await pressPay(page, { method });
  await payWindow(page).locator("#pay").click();
  await screenIs(page, method === "vbank" ? "account" : "paid");
}

await using shop = await openShop();
const rows: Record<string, Record<string, string | number>> = {};
for (const [name, address] of await pages(shop)) {
  const runs: Figures[] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await measure(shop, address));
  const of = (key: keyof Figures) => middle(runs.map((figures) => figures[key]));
  const kilobytes = (key: keyof Figures) => (of(key) / 1000).toFixed(1);
  rows[name] = {
    requests: of("requests"),
    "KB on the wire": kilobytes("bytes"),
    "of it scripts": kilobytes("scriptBytes"),
    "fonts, later": kilobytes("laterBytes"),
    "first paint, ms": Math.round(of("paintMs")),
    "interactive, ms": Math.round(of("interactiveMs")),
    "layout shift": of("shift").toFixed(4),
  };
}
console.table(rows);
