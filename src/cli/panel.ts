import type { Config } from "../config.ts";
import type { Sandbox } from "../sandbox.ts";

/** What a newcomer sees after `npm start`: what to do, and where. The addresses are links in most terminals. */
export function sandboxPanel(sandbox: Sandbox, config: Pick<Config, "apiKey" | "isApiKeyGenerated">): string {
  const { dojang, shopUrl, operator, emulatorUrl } = sandbox;
  const steps = [
    ["Buy something in the example shop, and see it shipped:", shopUrl],
    [
      "Give the money back in the console:",
      `${dojang.privateUrl}/console`,
      `name      ${operator.name}`,
      `password  ${operator.password}`,
    ],
    ...(emulatorUrl === undefined
      ? []
      : [["Be the bank: deposits, failures, lost webhooks:", `${emulatorUrl}/admin`]]),
  ];
  const rows = [
    ["Dojang", dojang.url],
    ["API reference", `${dojang.privateUrl}/docs`],
    ...(config.isApiKeyGenerated ? [["API key", config.apiKey]] : []),
  ];
  return [
    "",
    "  Dojang 도장 is running in sandbox mode: no money moves.",
    ...steps.flatMap(([what, ...where], index) => [
      "",
      `  ${index + 1}. ${what}`,
      ...where.map((line) => `     ${line}`),
    ]),
    "",
    ...rows.map(([name = "", value]) => `  ${name.padEnd(13)}  ${value}`),
    "",
    "  Ctrl+C stops.",
    "",
    "",
  ].join("\n");
}
