import { readFileSync } from "node:fs";
import { join } from "node:path";

/** May be shipped beside Apache-2.0 code without a further duty than their notice. */
const LICENCES = new Set([
  "MIT",
  "ISC",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "Unlicense",
  "0BSD",
]);

interface Bill {
  readonly components?: readonly {
    readonly name: string;
    readonly version: string;
    readonly licenses?: readonly {
      readonly license?: { readonly id?: string };
      readonly expression?: string;
    }[];
  }[];
}

export interface BillOfMaterials {
  readonly packages: number;
  readonly findings: readonly string[];
}

/** Holds the image's bill of materials (CycloneDX, `sbom.cdx.json`) against its lockfile and the licences that we may ship. */
export function readBillOfMaterials(app: string, lockfile: string): BillOfMaterials {
  const { components = [] }: Bill = JSON.parse(readFileSync(join(app, "sbom.cdx.json"), "utf8"));
  const locked = lockedVersions(lockfile);
  const billed = new Set(components.map(({ name, version }) => `${name}@${version}`));
  const findings = [
    ...[...locked]
      .filter((each) => !billed.has(each))
      .map((each) => `${each}: is not in the bill of materials`),
    ...[...billed].filter((each) => !locked.has(each)).map((each) => `${each}: is not in the lockfile`),
    ...components.flatMap(({ name, licenses = [] }) => {
      const named = licenses.map(({ license, expression }) => license?.id ?? expression ?? "unknown");
      const isFine = named.length > 0 && named.every((licence) => LICENCES.has(licence));
      return isFine ? [] : [`${name}: licence ${named.join(", ") || "unknown"}`];
    }),
  ];
  return { packages: components.length, findings };
}

/** The packages that a server loads: not those of development, nor those that a platform may go without. */
function lockedVersions(lockfile: string): ReadonlySet<string> {
  interface Entry {
    readonly version: string;
    readonly dev?: boolean;
    readonly optional?: boolean;
    readonly devOptional?: boolean;
  }
  const { packages }: { packages: Record<string, Entry> } = JSON.parse(readFileSync(lockfile, "utf8"));
  return new Set(
    Object.entries(packages)
      .filter(([path, { dev, optional, devOptional }]) => path !== "" && !dev && !optional && !devOptional)
      .map(([path, { version }]) => `${path.slice(path.lastIndexOf("node_modules/") + 13)}@${version}`),
  );
}
