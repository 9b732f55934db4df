/*
 * The browser side of the i'mport emulator: window.IMP with the calls that a shop makes. No money moves here.
 *
 * The address of this script chooses how it behaves, so that a page can be tried against each variant:
 *   iamport.js?callback=four        the callback carries imp_uid, merchant_uid, error_code and error_msg only
 *   iamport.js?callback=imp_success the callback says imp_success instead of success
 *   iamport.js?flow=redirect|overlay  leave the page, or stay on it, whatever the device
 *   iamport.js?redirect=full|none|success|no_imp_uid  which parameters m_redirect_url gets (full is the default)
 */
// A block, not a function: nothing in it reaches the shop's page but window.IMP.
{
  const script = new URL(document.currentScript.src);
  const home = script.origin;
  const variants = {
    callback: script.searchParams.get("callback") ?? "full",
    flow: script.searchParams.get("flow") ?? "",
    redirect: script.searchParams.get("redirect") ?? "full",
  };
  const merchant = { userCode: "", tier: "" };
  /** The one open window: { requestId, frame, dialog, callback }. */
  let open = null;

  const init = (userCode) => {
    merchant.userCode = String(userCode ?? "");
    merchant.tier = "";
  };

  const agency = (userCode, tier) => {
    init(userCode);
    merchant.tier = String(tier ?? "");
  };

  const requestPay = (params, callback) => {
    if (!merchant.userCode) {
      // The words are the gateway's own: pages and people look for them.
      alert("판매자 코드가 설정되지 않았습니다. IMP.init()함수를 먼저 호출하세요.");
      return false;
    }
    if (params === null || typeof params !== "object") {
      alert("결제요청 파라메터가 누락되었습니다.");
      return false;
    }
    const answer = typeof callback === "function" ? callback : () => {};
    const request = {
      pay_method: "card",
      ...params,
      merchant_uid: params.merchant_uid ?? `nobody_${Date.now()}`,
    };
    const fault = faultOf(request);
    if (fault) {
      // No record exists, so there is no imp_uid. The code and the words are the emulator's own.
      setTimeout(answer, 0, refusal(request, fault));
      return undefined;
    }
    const order = { params: plain(request), user_code: merchant.userCode, tier: merchant.tier, variants };
    if (leavesPage(request)) leave(order);
    else openOverlay(order, answer);
    return undefined;
  };

  /** What the gateway refuses before anything opens. Source: docs/iamport-v1.md 9.2, as since 2024-03-15. */
  const faultOf = ({ amount, merchant_uid }) => {
    if (typeof amount !== "number" || !Number.isFinite(amount)) return "결제금액(amount)은 숫자여야 합니다.";
    if (typeof merchant_uid !== "string" || merchant_uid === "")
      return "주문번호(merchant_uid)는 문자열이어야 합니다.";
    return "";
  };

  const refusal = ({ merchant_uid }, errorMessage) => {
    const fields = { imp_uid: null, merchant_uid, error_code: "F0001", error_msg: errorMessage };
    if (variants.callback === "four") return fields;
    return { [variants.callback === "imp_success" ? "imp_success" : "success"]: false, ...fields };
  };

  /** The part of the parameters that can leave this page: no functions, no cycles. */
  const plain = (params) => {
    return JSON.parse(JSON.stringify(params));
  };

  /** A phone goes to the payment window and comes back to m_redirect_url; the callback is not called then. */
  const leavesPage = (request) => {
    if (variants.flow !== "") return variants.flow === "redirect";
    const mobile = /Android|iPhone|iPad|iPod|Mobile/i.test(navigator.userAgent);
    return Boolean(request.m_redirect_url) && mobile;
  };

  const leave = (order) => {
    location.assign(`${home}/window?flow=redirect#${encodeURIComponent(JSON.stringify(order))}`);
  };

  const openOverlay = (order, callback) => {
    if (open) close();
    const requestId = `req_${Date.now()}_${Math.random().toString(36).slice(2)}`;
    const dialog = document.createElement("div");
    dialog.className = "imp-dialog customizable";
    Object.assign(dialog.style, {
      position: "fixed",
      inset: "0",
      zIndex: "99999",
      display: "grid",
      placeItems: "center",
      background: "rgba(20, 22, 28, 0.55)",
    });
    const frame = document.createElement("iframe");
    frame.title = "결제창 Payment window (emulator)";
    frame.src = `${home}/window?flow=overlay`;
    Object.assign(frame.style, {
      width: "min(760px, 100%)",
      height: "min(640px, 100%)",
      border: "0",
      borderRadius: "12px",
      background: "#fff",
      boxShadow: "0 20px 60px rgba(0, 0, 0, 0.35)",
    });
    dialog.append(frame);
    open = { requestId, order, dialog, frame, callback, before: document.activeElement };
    document.body.append(dialog);
  };

  /** Takes the window away. The record at the gateway stays what it is. */
  const close = () => {
    open?.dialog.remove();
    open?.before?.focus?.();
    open = null;
  };

  /** Hears the window, and nobody else: the origin must be the gateway's and the sender our own frame. */
  addEventListener("message", (event) => {
    if (!open || event.origin !== home || event.source !== open.frame.contentWindow) return;
    const message = readMessage(event.data);
    if (message?.action === "loaded") {
      const data = { ...open.order, request_id: open.requestId };
      const text = JSON.stringify({
        action: "payment",
        data,
        origin: location.origin,
        from: "iamport-sdk",
        version: "1.2.0",
      });
      open.frame.contentWindow.postMessage(text, home);
      open.frame.focus();
    }
    if (message?.action === "done" && message.data?.request_id === open.requestId) {
      const { request_id: _, ...fields } = message.data;
      const { callback } = open;
      close();
      callback(fields);
    }
  });

  const readMessage = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  };

  const notEmulated = (name) => {
    return () => {
      throw new Error(`IMP.${name}() is not part of this emulator`);
    };
  };

  window.IMP = {
    init,
    agency,
    request_pay: requestPay,
    close,
    certification: notEmulated("certification"),
    loadUI: notEmulated("loadUI"),
    communicate: notEmulated("communicate"),
  };
}
