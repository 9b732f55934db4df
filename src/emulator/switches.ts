/**
 * Every behaviour that no source settles, by name. The defaults are the best reading of what there is; each
 * can be changed while the emulator runs. docs/emulator.md lists them, and a test keeps the two lists equal.
 *
 * Source: docs/iamport-v1.md 16.
 */
export interface Switches {
  /** 16.1: what GET /payments/{imp_uid} answers for a test payment without include_sandbox=true. */
  hiddenSandbox: "404" | "200_code_minus_1" | "shown";
  /** 16.2: whether find, findAll, status and multi-get leave test payments out. */
  listsHideSandbox: boolean;
  /** 16.3: the words the SDK callback gets when the amount differs from the pre-registration. */
  prepareMismatchCode: string;
  prepareMismatchMessage: string;
  /** 16.4: the words of a cancel whose checksum differs from the cancellable balance. */
  checksumMismatchMessage: string;
  /** 16.5: the status after a part of the money went back. */
  partialCancelStatus: "cancelled" | "paid";
  /** 16.6: what a virtual account becomes when its deadline passes. */
  expiredVbank: "ready" | "failed";
  /** What a deposit after the deadline does when it arrives through the lever. */
  lateDeposit: "accepted" | "refused";
  /** What a deposit of another amount does: taken as it is (amount becomes what arrived), or refused by the bank. */
  wrongDeposit: "recorded" | "refused";
  /** What a bank's reversal of a deposit leaves behind. */
  reversedDeposit: "ready" | "cancelled";
  /** 16.7: the User-Agent of webhooks; empty text leaves the header out. */
  webhookUserAgent: string;
  /** 16.7: how the body of the confirm_url call is written. */
  confirmUrlFormat: "json" | "form";
  /** Whether the account opted in to the confirm process (opt-in by mail). */
  confirmProcess: boolean;
  /** 16.8: the old ways to send a token. */
  acceptTokenHeader: boolean;
  acceptTokenQuery: boolean;
  /** 16.9: the time column that GET /payments/status/all compares. */
  statusAllColumn: "started" | "updated";
  /** Whether a status page without any payment is an empty list or a 404. */
  emptyStatusPage: "200" | "404";
  /** HTTP status of a cancel that names neither imp_uid nor merchant_uid. */
  cancelWithoutIdStatus: 200 | 400;
  /** HTTP status of the second registration of one merchant_uid. */
  prepareDuplicateStatus: 200 | 400;
  /** Prefix of payments made by POST /vbanks. */
  apiVbankPrefix: "imp_" | "imps_";
  /** Whether a second window of one merchant_uid, opened before the first was paid, is refused at its approval. */
  refuseSecondApproval: boolean;
  /** Re-sending of webhooks, an opt-in: up to 5 times, 1 minute apart, on a network error or a 5xx. */
  webhookRetry: boolean;
  /** When the window's webhook leaves: awaited before the callback, at the same time, or a second after. */
  webhookOrder: "before" | "together" | "after";
  /** Whether text longer than its column is cut, merchant_uid included (docs/iamport-v1.md 13.16). */
  truncateColumns: boolean;
  /** Whether fields that only newer answers carry are present (card_issuer_*, card_publisher_*, promotion). */
  newerFields: boolean;
}

export const DEFAULT_SWITCHES: Readonly<Switches> = {
  hiddenSandbox: "404",
  listsHideSandbox: false,
  prepareMismatchCode: "F1003",
  prepareMismatchMessage: "사전등록된 결제정보와 결제요청 금액이 일치하지 않습니다.",
  checksumMismatchMessage: "요청하신 checksum이 취소 가능한 잔액과 다릅니다.",
  partialCancelStatus: "cancelled",
  expiredVbank: "ready",
  lateDeposit: "accepted",
  wrongDeposit: "recorded",
  reversedDeposit: "ready",
  webhookUserAgent: "",
  confirmUrlFormat: "json",
  confirmProcess: true,
  acceptTokenHeader: false,
  acceptTokenQuery: false,
  statusAllColumn: "started",
  emptyStatusPage: "200",
  cancelWithoutIdStatus: 400,
  prepareDuplicateStatus: 200,
  apiVbankPrefix: "imps_",
  refuseSecondApproval: false,
  webhookRetry: false,
  webhookOrder: "together",
  truncateColumns: true,
  newerFields: true,
};

const FLAG = { type: "boolean" };
const TEXT = { type: "string" };

/** What each switch may be, as JSON schemas: what the admin API accepts. */
export const SWITCH_VALUES: Readonly<Record<keyof Switches, object>> = {
  hiddenSandbox: { enum: ["404", "200_code_minus_1", "shown"] },
  listsHideSandbox: FLAG,
  prepareMismatchCode: TEXT,
  prepareMismatchMessage: TEXT,
  checksumMismatchMessage: TEXT,
  partialCancelStatus: { enum: ["cancelled", "paid"] },
  expiredVbank: { enum: ["ready", "failed"] },
  lateDeposit: { enum: ["accepted", "refused"] },
  wrongDeposit: { enum: ["recorded", "refused"] },
  reversedDeposit: { enum: ["ready", "cancelled"] },
  webhookUserAgent: TEXT,
  confirmUrlFormat: { enum: ["json", "form"] },
  confirmProcess: FLAG,
  acceptTokenHeader: FLAG,
  acceptTokenQuery: FLAG,
  statusAllColumn: { enum: ["started", "updated"] },
  emptyStatusPage: { enum: ["200", "404"] },
  cancelWithoutIdStatus: { enum: [200, 400] },
  prepareDuplicateStatus: { enum: [200, 400] },
  apiVbankPrefix: { enum: ["imp_", "imps_"] },
  refuseSecondApproval: FLAG,
  webhookRetry: FLAG,
  webhookOrder: { enum: ["before", "together", "after"] },
  truncateColumns: FLAG,
  newerFields: FLAG,
};
