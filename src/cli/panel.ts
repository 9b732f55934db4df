import type { Config } from "../config.ts";
import type { Sandbox } from "../sandbox.ts";

/** What a newcomer sees after `npm start`: where to click. */
export function sandboxPanel(
  { dojang, shopUrl, staffPassword, operator, emulatorUrl }: Sandbox,
  config: Config,
): string {
  const rows: readonly (readonly [string, string])[] = [
    ["Example shop", shopUrl],
    ["Its staff page", `${shopUrl}/staff (user staff, password ${staffPassword})`],
    ...(emulatorUrl === undefined ? [] : ([["Emulator admin", `${emulatorUrl}/admin`]] as const)),
    ["Dojang", dojang.url],
    ["Console", `${dojang.privateUrl}/console (name ${operator.name}, password ${operator.password})`],
    ["API reference", `${dojang.privateUrl}/docs`],
    ...(config.isApiKeyGenerated ? ([["API key", config.apiKey]] as const) : []),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
  return [
    "",
    "  Dojang 도장 is running in sandbox mode: no money moves.",
    "",
    ...lines,
    "",
    "  Open the shop, pay, and see the order verified. Ctrl+C stops.",
    "",
    "",
  ].join("\n");
}
