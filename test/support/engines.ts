import type { Engine } from "./engine.ts";
import { POSTGRES } from "./postgres/postgres-engine.ts";
import { SQLITE } from "./sqlite-engine.ts";

/** Every storage engine there is. The list is the only difference between runs of a test. */
export const ENGINES: readonly [Engine, ...Engine[]] = [SQLITE, POSTGRES];
