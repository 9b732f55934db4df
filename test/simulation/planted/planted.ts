import type { Planted } from "./planted-bug.ts";
import { PLANTED_IN_DOMAIN } from "./planted-in-domain.ts";
import { PLANTED_OUTSIDE } from "./planted-outside.ts";
import { PLANTED_REFUNDS } from "./planted-refunds.ts";

export const PLANTED: readonly Planted[] = [...PLANTED_IN_DOMAIN, ...PLANTED_OUTSIDE, ...PLANTED_REFUNDS];
