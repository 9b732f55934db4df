import { useEffect, useState } from "preact/hooks";
import { LanguageSwitch } from "../../design/language-switch.tsx";
import { Message } from "../../design/message.tsx";
import { Banner } from "../banner.tsx";
import { useWords, type Words } from "../words.ts";
import { ask, leave, type Opened, type Order, type Outcome, receiveOrder } from "./shop.ts";
import { WindowForm } from "./window-form.tsx";
import "./window.css";

/** What the emulator answers: an outcome at once where it refuses the order before any window. */
type OpenAnswer = Opened | { readonly outcome: Outcome };

/** The payment window. It says what the buyer chose; what that does is decided by the emulator. */
export function PaymentWindow() {
  const { words: all, language, choose } = useWords();
  const words = all.window;
  const [order, setOrder] = useState<Order>();
  const [opened, setOpened] = useState<Opened>();
  const [notice, setNotice] = useState<string>();
  const [result, setResult] = useState<Outcome>();
  const [isBusy, setBusy] = useState(false);
  document.title = words.tab;

  const show = (from: Order, outcome: Outcome) => {
    if (!leave(from, outcome)) setResult(outcome);
  };
  const open = async (received: Order) => {
    setOrder(received);
    const got = await ask<OpenAnswer>("open", received);
    if ("refusal" in got) setNotice(got.refusal ?? words.notReached);
    else if ("outcome" in got.answer) show(received, got.answer.outcome);
    else setOpened(got.answer);
  };
  useEffect(() => {
    receiveOrder((received) => {
      if (received === undefined) setNotice(words.noOrder);
      else void open(received);
    });
  }, []);

  /** Says what the buyer did, once; a refused one (a bank that is closed) can be said again. */
  const finish = async (decision: object) => {
    if (isBusy || order === undefined) return;
    if (opened === undefined) {
      return show(order, {
        callback: { imp_uid: null, error_code: "F0002", error_msg: "결제창이 열리지 않았습니다." },
      });
    }
    setBusy(true);
    const got = await ask<{ outcome: Outcome }>("finish", { ...order, imp_uid: opened.imp_uid, decision });
    if ("answer" in got) return show(order, got.answer.outcome);
    setNotice(got.refusal ?? words.notReached);
    setBusy(false);
  };

  return (
    <div class="window">
      <header>
        <Banner />
        <div class="window-top">
          <h1>{words.title}</h1>
          <LanguageSwitch language={language} onChange={choose} />
          <button
            id="close"
            class="window-close"
            type="button"
            aria-label={words.close}
            onClick={() => finish({ choice: "close" })}
          >
            <span aria-hidden="true">✕</span>
          </button>
        </div>
      </header>
      <main>
        {notice && (
          <Message tone="bad" id="notice" isAlert>
            <p>{notice}</p>
          </Message>
        )}
        {result ? (
          <Over words={words} outcome={result} />
        ) : opened ? (
          <WindowForm opened={opened} words={words} language={language} isBusy={isBusy} onFinish={finish} />
        ) : (
          notice === undefined && (
            <p class="window-opening quiet" role="status">
              {words.opening}
            </p>
          )
        )}
      </main>
    </div>
  );
}

function Over({ words, outcome }: { readonly words: Words["window"]; readonly outcome: Outcome }) {
  return (
    <section class="window-over">
      <h2>{words.over}</h2>
      <p>{words.overText}</p>
      <pre id="outcome" class="mono">
        {JSON.stringify(outcome.callback, null, 2)}
      </pre>
    </section>
  );
}
