import { type Answer, answerError } from "./envelope.ts";
import type { Viewer } from "./model-state.ts";
import type { AuthorisedCall, RestCall, RestDeps } from "./rest-call.ts";
import {
  getAllFoundPayments,
  getBalance,
  getFoundPayment,
  getPaymentById,
  getPaymentsByStatus,
  getPreparedAmount,
  getSeveralPayments,
  postCancel,
  putPrepared,
} from "./rest-payments.ts";
import { getChannels, postToken } from "./rest-users.ts";
import { deleteVbank, getVbankHolder, postVbank, putVbank } from "./rest-vbanks.ts";

/** Whether a path belongs to the REST API; everything else is pages. */
export function isRestPath(url: string): boolean {
  return /^\/(payments|users|vbanks)([/?]|$)/.test(url);
}

/** Answers one call. Without a good token everything but the token call is 401 (docs/iamport-v1.md 1.3). */
export function answerCall(deps: RestDeps, call: RestCall): Answer {
  const { method, parts } = call;
  if (method === "POST" && parts.length === 2 && parts[0] === "users" && parts[1] === "getToken")
    return postToken(deps, call);
  const viewer = viewerOf(deps, call);
  if (!viewer || deps.tokens.takeRejection()) return answerError(401, -1, "Unauthorized");
  return answerAuthorised(deps, { ...call, viewer });
}

/** Bearer and bare are accepted; the two old forms by switch (docs/iamport-v1.md 1.4). */
export function viewerOf(
  deps: RestDeps,
  call: Pick<RestCall, "authorization" | "tokenHeader" | "tier" | "query">,
): Viewer | undefined {
  const { switches } = deps.model;
  const header = call.authorization;
  const bearer = header?.startsWith("Bearer ") ? header.slice(7) : header;
  const token =
    bearer ??
    (switches.acceptTokenHeader ? call.tokenHeader : undefined) ??
    (switches.acceptTokenQuery ? (call.query.get("_token") ?? undefined) : undefined);
  return token ? deps.model.authorise(token, call.tier) : undefined;
}

function answerAuthorised(deps: RestDeps, call: AuthorisedCall): Answer {
  const [area, second = ""] = call.parts;
  if (area === "payments") return answerPayments(deps, call);
  if (area === "vbanks") return answerVbanks(deps, call);
  if (area === "users" && second === "pg" && call.method === "GET") return getChannels(deps, call);
  return answerError(404, -1, "Not Found");
}

function answerPayments(deps: RestDeps, call: AuthorisedCall): Answer {
  const { method, parts } = call;
  const [, second = "", third = "", fourth] = parts;
  if (method === "POST" || method === "PUT") {
    if (second === "prepare" && parts.length === 2) return putPrepared(deps, call);
    if (second === "cancel" && parts.length === 2 && method === "POST") return postCancel(deps, call);
    return answerError(405, -1, "Method Not Allowed");
  }
  if (method !== "GET") return answerError(405, -1, "Method Not Allowed");
  if (second === "") return getSeveralPayments(deps, call);
  if (parts.length === 2) return getPaymentById(deps, { ...call, impUid: second });
  if (parts.length > 4) return answerError(404, -1, "Not Found");
  const status = fourth || null;
  if (second === "find") return getFoundPayment(deps, { ...call, merchantUid: third, status });
  if (second === "findAll") return getAllFoundPayments(deps, { ...call, merchantUid: third, status });
  if (parts.length === 4) return answerError(404, -1, "Not Found");
  if (second === "status") return getPaymentsByStatus(deps, { ...call, status: third });
  if (second === "prepare") return getPreparedAmount(deps, { ...call, merchantUid: third });
  if (third === "balance") return getBalance(deps, { ...call, impUid: second });
  return answerError(404, -1, "Not Found");
}

function answerVbanks(deps: RestDeps, call: AuthorisedCall): Answer {
  const { method, parts } = call;
  const impUid = parts[1] ?? "";
  if (method === "POST" && parts.length === 1) return postVbank(deps, call);
  if (parts.length !== 2) return answerError(404, -1, "Not Found");
  if (method === "GET" && impUid === "holder") return getVbankHolder(call);
  if (method === "PUT") return putVbank(deps, { ...call, impUid });
  if (method === "DELETE") return deleteVbank(deps, { ...call, impUid });
  return answerError(405, -1, "Method Not Allowed");
}
