import type { Config } from "../config.ts";

/** Where this machine reaches the server's private side. */
export function privateUrlOf({ host, port, privatePort = port }: Config): string {
  const local = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${local.includes(":") ? `[${local}]` : local}:${privatePort}`;
}
