import type { startServer } from "../process/server-process.ts";

export type EngineName = "sqlite" | "postgres";
/** What one process does: `start` is both. */
export type RoleName = NonNullable<Parameters<typeof startServer>[1]>;

/** A point of the code at which a process can be killed, and after how many passages at most: see inside/die-at.ts. */
export interface Label {
  readonly name: string;
  readonly passagesMax: number;
  readonly engines: readonly EngineName[];
  readonly roles: readonly RoleName[];
}

const ALL: readonly RoleName[] = ["start", "serve", "worker"];
const ANSWERS: readonly RoleName[] = ["start", "serve"];
const WORKS: readonly RoleName[] = ["start", "worker"];
const BOTH: readonly EngineName[] = ["sqlite", "postgres"];

const label = (
  name: string,
  passagesMax: number,
  { engines = BOTH, roles = ALL }: Partial<Pick<Label, "engines" | "roles">> = {},
): Label => ({ name, passagesMax, engines, roles });

/** Under load each is passed often; the number of passages is drawn. */
export const LABELS: readonly Label[] = [
  label("commit:before", 60),
  label("commit:after", 60),
  label("commit:sent", 60, { engines: ["postgres"] }),
  label("sync:before", 40, { engines: ["sqlite"] }),
  label("sync:after", 40, { engines: ["sqlite"] }),
  label("checkpoint:before", 2, { engines: ["sqlite"] }),
  label("checkpoint:inside", 2, { engines: ["sqlite"] }),
  label("checkpoint:after", 2, { engines: ["sqlite"] }),
  label("answer:before", 40, { roles: ANSWERS }),
  label("answer:after", 40, { roles: ANSWERS }),
  label("look:sending", 30),
  label("look:answered", 30),
  label("refund:sending", 3, { roles: WORKS }),
  label("refund:answered", 3, { roles: WORKS }),
  label("event:sending", 15, { roles: WORKS }),
  label("event:answered", 15, { roles: WORKS }),
  label("prepare:sending", 15, { roles: WORKS }),
  label("prepare:answered", 15, { roles: WORKS }),
];

/** While a process makes the schema of a database that has none. */
export const MIGRATION_LABELS: readonly Label[] = [
  label("migration:before", 3),
  label("migration:after", 3),
  label("migration:sent", 3, { engines: ["postgres"] }),
];
