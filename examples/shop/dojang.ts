/** The calls of Dojang's API that a shop's server needs. Dojang takes `Authorization: Bearer <API key>`. */
export interface NewOrder {
  name: string;
  amount: number;
  customer: { id: string; name: string; email: string; tel: string };
  return_url: string;
  metadata: { product: string; quantity: number };
}

/** The fields of Dojang's order that this shop reads; there are more. */
export interface Order {
  merchant_uid: string;
  status:
    | "pending"
    | "awaiting_deposit"
    | "paid"
    | "partially_refunded"
    | "refunded"
    | "cancelled"
    | "expired";
  name: string;
  amount: number;
  currency: string;
  customer: { id: string | null; name: string | null; email: string | null; tel: string | null } | null;
  virtual_account: {
    vbank_num: string;
    vbank_name: string;
    vbank_holder: string;
    vbank_date: string;
  } | null;
  refunded_amount: number;
  metadata: Partial<NewOrder["metadata"]>;
  created_at: string;
  paid_at: string | null;
  pay_by: string;
  /** The payment that paid it. */
  imp_uid: string | null;
  payments: { imp_uid: string; pay_method: string | null }[];
  refunds: Refund[];
  discrepancies: { kind: string; resolved_at: string | null }[];
}

/** `unknown`: it may have been carried out, and Dojang is looking it up. It is never asked for again because of that. */
export interface Refund {
  id: string;
  amount: number;
  state: "requested" | "unknown" | "succeeded" | "failed";
  reason: string;
  failure?: { code: string; message: string } | null;
}

export interface RefundRequest {
  amount: number | "all";
  reason: string;
  /** For money that came through a virtual account. */
  refund_account?: { bank: string; account: string; holder: string };
}

/** Dojang could not be asked, or said no. `code` is Dojang's own, `dojang_unreachable` or `dojang_not_understood`. */
export class DojangError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, cause?: unknown) {
    super(`Dojang did not do what was asked: ${code} (HTTP ${status})`, { cause });
    this.code = code;
    this.status = status;
  }
}

const ANSWER_WITHIN_MS = 10_000;

export type DojangClient = ReturnType<typeof createDojangClient>;

export function createDojangClient({ url, apiKey }: { url: string; apiKey: string }) {
  async function call<Answer>(
    path: string,
    body?: unknown,
    more: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(new URL(path, url), {
      method: body === undefined ? "GET" : "POST",
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...more,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    }).catch((cause: unknown) => {
      throw new DojangError("dojang_unreachable", 0, cause);
    });
    const answer: unknown = await response.json().catch((cause: unknown) => {
      throw new DojangError("dojang_not_understood", response.status, cause); // some other server listens there
    });
    if (response.ok) return answer as Answer;
    const { code } = answer as { code?: string };
    throw new DojangError(code ?? "dojang_not_understood", response.status);
  }

  return {
    /** Registers what is due, before the buyer pays: the amount of record that every payment is compared with. */
    createOrder: (order: NewOrder) => call<Order>("/v1/orders", order),
    /** One order, or undefined when Dojang knows none under this number. */
    readOrder: (merchantUid: string) =>
      call<Order>(`/v1/orders/${encodeURIComponent(merchantUid)}`).catch((error: unknown) => {
        if (error instanceof DojangError && error.code === "not_found") return undefined;
        throw error;
      }),
    /** The newest orders: of one customer, or of all. */
    async listOrders(customerId?: string): Promise<Order[]> {
      const query = new URLSearchParams({ limit: "20", ...(customerId ? { customer: customerId } : {}) });
      const page = await call<{ data: Order[] }>(`/v1/orders?${query}`);
      return page.data;
    },
    /** Closes an order that nobody has paid. */
    cancelOrder: (merchantUid: string, reason: string) =>
      call<Order>(`/v1/orders/${encodeURIComponent(merchantUid)}/cancel`, { reason }),
    /** Gives money back. The same key is the same refund, however often it is sent. */
    refund: (merchantUid: string, refund: RefundRequest, key: string) =>
      call<Refund>(`/v1/orders/${encodeURIComponent(merchantUid)}/refunds`, refund, {
        "idempotency-key": key,
      }),
  };
}
