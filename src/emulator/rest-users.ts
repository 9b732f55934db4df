import { type Answer, answerError, answerWith } from "./envelope.ts";
import { textOf } from "./request-params.ts";
import { type AuthorisedCall, answerResult, type RestCall, type RestDeps } from "./rest-call.ts";

/** POST /users/getToken. Source: docs/iamport-v1.md 1. */
export function postToken(deps: RestDeps, call: RestCall): Answer {
  const failure = deps.tokens.takeFailure();
  if (failure !== undefined) return answerError(failure, -1, "일시적인 오류가 발생하였습니다.");
  const asked = deps.model.issueToken(
    textOf(call.params, "imp_key") ?? undefined,
    textOf(call.params, "imp_secret") ?? undefined,
  );
  const skew = deps.tokens.skewSeconds;
  return answerResult(asked, (token) =>
    answerWith({
      access_token: token.access_token,
      now: token.now + skew,
      expired_at: token.expired_at + skew,
    }),
  );
}

/** GET /users/pg: the merchant's own channels. Source: docs/iamport-v1.md 10. */
export function getChannels(deps: RestDeps, call: AuthorisedCall): Answer {
  const { channels } = deps.model.merchant(call.viewer.userCode);
  return answerWith(
    channels.map((channel) => ({
      pg_provider: channel.pgProvider,
      pg_id: channel.pgId,
      sandbox: channel.sandbox,
      type: "payment",
      channel_name: channel.name,
      channel_key: channel.channelKey,
    })),
  );
}
