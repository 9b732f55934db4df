import type { DiscrepancyKind, NewAudit, Resolution } from "./decision.ts";

/** Who ended a discrepancy, and why: also for one that Dojang ended by itself. */
export function resolutionAudit(
  { discrepancyId, action, actor, reason }: Resolution,
  kind: DiscrepancyKind,
): NewAudit {
  return { action: "discrepancy.resolved", actor, reason, subject: discrepancyId, data: { kind, action } };
}
