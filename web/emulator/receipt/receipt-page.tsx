import { useEffect, useState } from "preact/hooks";
import { Facts } from "../../design/facts.tsx";
import { koreanTimeText, moneyText } from "../../design/language.ts";
import { LanguageSwitch } from "../../design/language-switch.tsx";
import { type Payment, Refusal, read } from "../admin/admin-api.ts";
import { Banner } from "../banner.tsx";
import { useWords } from "../words.ts";
import "./receipt.css";

/** What a PG shows for `receipt_url`: here it says what was not paid. */
export function ReceiptPage({ impUid }: { readonly impUid: string }) {
  const { words: all, language, choose } = useWords();
  const words = all.receipt;
  const [payment, setPayment] = useState<Payment | "none">();
  document.title = words.title;
  useEffect(() => {
    read<Payment>(`/payments/${encodeURIComponent(impUid)}`).then(setPayment, (error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      setPayment("none");
    });
  }, [impUid]);
  const money = (amount: string, currency: string) => moneyText(Number(amount), currency, language);
  return (
    <>
      <header>
        <Banner />
      </header>
      <main class="receipt">
        <div class="receipt-top">
          <h1>{words.title}</h1>
          <LanguageSwitch language={language} onChange={choose} />
        </div>
        {payment === "none" && <p role="alert">{words.none}</p>}
        {payment !== undefined && payment !== "none" && (
          <Facts
            id="receipt"
            rows={[
              [words.item, payment.name || "–"],
              [words.amount, <strong>{money(payment.amount, payment.currency)}</strong>],
              payment.cancel_amount !== "0" && [
                words.cancelled,
                money(payment.cancel_amount, payment.currency),
              ],
              [words.at, koreanTimeText(payment.paid_at * 1000, language)],
              payment.apply_num !== null && [words.approval, payment.apply_num],
              [words.paymentId, <span class="mono">{payment.imp_uid}</span>],
              [words.orderId, <span class="mono">{payment.merchant_uid}</span>],
            ]}
          />
        )}
        <p class="quiet">{words.nothing}</p>
      </main>
    </>
  );
}
