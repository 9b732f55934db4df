import { type Answer, answerRefusal } from "./envelope.ts";
import type { Model } from "./model.ts";
import type { Result, Viewer } from "./model-state.ts";
import type { Params } from "./request-params.ts";
import type { TokenLevers } from "./token-levers.ts";
import type { WebhookSender } from "./webhook-sender.ts";

/** What an answer is made from. */
export interface RestDeps {
  readonly model: Model;
  readonly tokens: TokenLevers;
  readonly webhooks: WebhookSender;
}

/** One request, read. */
export interface RestCall {
  readonly method: string;
  /** Decoded path parts: `/payments/find/a%2Fb` is ["payments", "find", "a/b"]. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly params: Params;
  readonly authorization: string | undefined;
  readonly tokenHeader: string | undefined;
  readonly tier: string | null;
}

export interface AuthorisedCall extends RestCall {
  readonly viewer: Viewer;
}

/** The answer to a value, or the refusal in its own words. */
export function answerResult<T>(result: Result<T>, show: (value: T) => Answer): Answer {
  return result.ok ? show(result.value) : answerRefusal(result);
}
