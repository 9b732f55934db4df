import { type Answer, answerWith } from "./envelope.ts";
import { findVbankHolder } from "./model-vbank.ts";
import { textOf } from "./request-params.ts";
import { type AuthorisedCall, answerResult, type RestDeps } from "./rest-call.ts";
import { showPayment } from "./rest-payments.ts";

/** POST /vbanks. Source: docs/iamport-v1.md 7 and 8.1: a `ready` webhook announces it. */
export function postVbank(deps: RestDeps, call: AuthorisedCall): Answer {
  const fields = Object.fromEntries(
    Object.keys(call.params).map((name) => [name, textOf(call.params, name)]),
  );
  const notice = call.params["notice_url"];
  const list = Array.isArray(notice) ? notice : [notice];
  const noticeUrls = list.filter((one): one is string => typeof one === "string" && one !== "");
  return answerResult(deps.model.issueVbank(call.viewer, { fields, noticeUrls }), (payment) => {
    const answer = showPayment(deps, payment);
    deps.webhooks.notify(payment);
    return answer;
  });
}

/** PUT /vbanks/{imp_uid}. */
export function putVbank(deps: RestDeps, call: AuthorisedCall & { impUid: string }): Answer {
  const asked = {
    impUid: call.impUid,
    amount: textOf(call.params, "amount"),
    due: textOf(call.params, "vbank_due"),
  };
  return answerResult(deps.model.changeVbank(call.viewer, asked), (payment) => showPayment(deps, payment));
}

/** DELETE /vbanks/{imp_uid}. */
export function deleteVbank(deps: RestDeps, call: AuthorisedCall & { impUid: string }): Answer {
  return answerResult(deps.model.closeVbank(call.viewer, call.impUid), (payment) =>
    showPayment(deps, payment),
  );
}

/** GET /vbanks/holder?bank_code&bank_num. */
export function getVbankHolder(call: AuthorisedCall): Answer {
  const asked = { bankCode: call.query.get("bank_code"), bankNum: call.query.get("bank_num") };
  return answerResult(findVbankHolder(asked), (bank_holder) => answerWith({ bank_holder }));
}
