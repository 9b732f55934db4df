import type { OrderAnswer } from "../../src/http/schemas.ts";

export type Role = "viewer" | "operator" | "admin";
export type Order = OrderAnswer;
export type Payment = Order["payments"][number];
export type Refund = Order["refunds"][number];

export interface Page<Row> {
  readonly data: readonly Row[];
  readonly next_cursor: string | null;
}

export interface Session {
  readonly name: string;
  readonly role: Role;
  readonly must_change_password: boolean;
  readonly expires_at: string;
  readonly sandbox: boolean;
}

interface DayMoney {
  readonly currency: string;
  readonly paid_count: number;
  readonly paid_amount: number;
  readonly refunded_amount: number;
}

export interface Figures {
  readonly at: string;
  readonly days: readonly { readonly date: string; readonly money: readonly DayMoney[] }[];
  readonly hours: readonly { readonly type: string; readonly at: string; readonly count: number }[];
  readonly latency: {
    readonly count: number;
    readonly p50_ms: number | null;
    readonly p95_ms: number | null;
  };
  readonly troubles: {
    readonly open_discrepancies: number;
    readonly dead_tasks: number;
    readonly failing_tasks: number;
  };
  readonly webhooks: { readonly last_at: string | null; readonly silent: boolean };
  readonly gateway: "ok" | "unreachable" | "misconfigured";
  readonly endpoint: Endpoint;
}

export interface Endpoint {
  readonly state: "none" | "enabled" | "failing" | "disabled";
  readonly since: string | null;
}

export interface TimelineEvent {
  readonly id: string;
  readonly type: string;
  readonly at: string;
  readonly imp_uid: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Audit {
  readonly position: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly reason: string | null;
  readonly subject: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly hash: string;
}

interface Progress {
  readonly state: string;
  readonly tries: number;
  readonly next_try_at: string | null;
  readonly last_error: string | null;
}

export interface Delivery extends Progress {
  readonly id: string;
  readonly type: string;
  readonly merchant_uid: string;
  readonly sequence: number;
  readonly at: string;
}

export interface Task extends Progress {
  readonly key: string;
  readonly kind: string;
  readonly merchant_uid: string | null;
  readonly imp_uid: string | null;
}

export interface Discrepancy {
  readonly id: string;
  readonly kind: string;
  readonly merchant_uid: string;
  readonly imp_uid: string | null;
  readonly opened_at: string;
  readonly resolved_at: string | null;
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>;
  readonly resolution: { readonly action: string; readonly reason: string; readonly actor: string } | null;
}

export interface RawField {
  readonly name: string;
  readonly value: string;
  readonly masked: boolean;
}

export interface Operator {
  readonly name: string;
  readonly role: Role;
  readonly must_change_password: boolean;
  readonly created_at: string;
  readonly password_changed_at: string;
  readonly disabled_at: string | null;
}

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
  readonly created_by: string;
  readonly revoked_at: string | null;
}
