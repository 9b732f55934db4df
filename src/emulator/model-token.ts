import {
  type LiveToken,
  type ModelState,
  type Result,
  refuse,
  secondsOf,
  type Viewer,
} from "./model-state.ts";

const LIFETIME_MS = 30 * 60 * 1000;
const EXTENSION_MS = 5 * 60 * 1000;
const LAST_MINUTE_MS = 60 * 1000;

export interface TokenAnswer {
  readonly access_token: string;
  /** Both in unix seconds by the gateway's clock. */
  readonly now: number;
  readonly expired_at: number;
}

/**
 * Answers a token call. While a token lives the same one is given again; asked for in its last minute, it lives 5
 * minutes longer; after its end there is a new one for 30 minutes.
 *
 * Source: v1 API, /users/getToken; docs/iamport-v1.md 1.2 and 1.3.
 */
export function issueToken(
  state: ModelState,
  asked: { impKey: string | undefined; impSecret: string | undefined; atMs: number },
): Result<TokenAnswer> {
  const { impKey, impSecret, atMs } = asked;
  if (!impKey || !impSecret) return refuse(400, -1, "imp_key, imp_secret 파라메터가 누락되었습니다.");
  const merchant = [...state.merchants.values()].find(
    (one) => one.impKey === impKey && one.impSecret === impSecret,
  );
  if (!merchant) return refuse(401, -1, "인증에 실패하였습니다. API키와 secret을 확인하세요.");
  const token =
    liveTokenOf(state, { userCode: merchant.userCode, atMs }) ?? newToken(state, merchant.userCode, atMs);
  if (token.expiresAtMs - atMs < LAST_MINUTE_MS) token.expiresAtMs += EXTENSION_MS;
  return {
    ok: true,
    value: { access_token: token.text, now: secondsOf(atMs), expired_at: secondsOf(token.expiresAtMs) },
  };
}

function liveTokenOf(state: ModelState, by: { userCode: string; atMs: number }): LiveToken | undefined {
  for (const token of state.tokens.values()) {
    if (token.expiresAtMs <= by.atMs) state.tokens.delete(token.text);
    else if (token.userCode === by.userCode) return token;
  }
  return undefined;
}

function newToken(state: ModelState, userCode: string, atMs: number): LiveToken {
  const token: LiveToken = { text: state.random.hex(40), userCode, expiresAtMs: atMs + LIFETIME_MS };
  state.tokens.set(token.text, token);
  return token;
}

/** Who a token speaks for, or undefined when it is unknown or has expired. */
export function authorise(
  state: ModelState,
  asked: { token: string; tier: string | null; atMs: number },
): Viewer | undefined {
  const token = state.tokens.get(asked.token);
  if (!token || token.expiresAtMs <= asked.atMs) return undefined;
  return { userCode: token.userCode, tier: asked.tier };
}
