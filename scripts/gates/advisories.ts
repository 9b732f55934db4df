import { spawnSync } from "node:child_process";

export type Advisories =
  | { readonly kind: "clean" }
  | { readonly kind: "found"; readonly findings: readonly string[] }
  /** The registry in use keeps no advisories, or could not be reached: nothing is known. */
  | { readonly kind: "unknown"; readonly why: string };

interface Audit {
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>;
  readonly message?: string;
  readonly error?: { readonly summary?: string };
}

const SEVERITIES = new Set(["moderate", "high", "critical"]);

/** Asks the registry what is known against the packages that a server loads (`npm audit`). */
export function readAdvisories(folder: string): Advisories {
  const { stdout } = spawnSync("npm", ["audit", "--omit=dev", "--json"], { cwd: folder, encoding: "utf8" });
  const audit = parse(stdout);
  if (audit?.vulnerabilities === undefined)
    return { kind: "unknown", why: audit?.error?.summary || audit?.message || "npm audit gave no answer" };
  const findings = Object.entries(audit.vulnerabilities)
    .filter(([, { severity }]) => SEVERITIES.has(severity))
    .map(([name, { severity, range }]) => `${name} ${range}: ${severity}`);
  return findings.length === 0 ? { kind: "clean" } : { kind: "found", findings };
}

function parse(text: string): Audit | undefined {
  try {
    return JSON.parse(text) as Audit;
  } catch {
    return undefined;
  }
}
