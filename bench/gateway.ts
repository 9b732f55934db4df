// The emulator in a process of its own, with a merchant whose keys a live server accepts.
import { type Emulator, startEmulator } from "../src/emulator/emulator.ts";
import { DEVELOPMENT_MERCHANT } from "../src/emulator/merchant.ts";
import { paymentBody } from "../src/emulator/payment-json.ts";
import { serveCalls } from "./child.ts";
import { BUYER, type Range, sampleAt } from "./samples.ts";

export interface GatewayReady {
  readonly url: string;
  readonly impKey: string;
  readonly impSecret: string;
}

const USER_CODE = "imp00000009";
const KEYS = { impKey: "bench-key", impSecret: "bench-secret-of-the-benchmark" };

const emulator = await startEmulator({ seed: 1 });
emulator.model.addMerchant({ ...DEVELOPMENT_MERCHANT, ...KEYS, userCode: USER_CODE });

serveCalls(
  {
    setDelay: (delayMs: number) => {
      emulator.delayMs = delayMs;
      emulator.tokens.delayMs = delayMs;
    },
    pay: (range: Range) => payAll(emulator, range),
    forget: (range: Range) => forgetAll(emulator, range),
  },
  { url: emulator.url, ...KEYS } satisfies GatewayReady,
);

/** Paid by card, and rendered ahead: what an answer costs the emulator is not the contenders' business. */
function payAll({ model }: Emulator, { series, from, count }: Range): void {
  for (let index = from; index < from + count; index++) {
    const { impUid, merchantUid, amount } = sampleAt(series, index);
    const payment = model.createPayment({
      userCode: USER_CODE,
      imp_uid: impUid,
      merchant_uid: merchantUid,
      amount,
      name: "감귤 5kg",
      pay_method: "card",
      buyer_name: BUYER.name,
      buyer_email: BUYER.email,
      buyer_tel: BUYER.tel,
    });
    paymentBody(payment, model.switches.newerFields);
  }
}

/** Used payments go: memory would grow for the whole run, and with it the garbage collector's part. */
function forgetAll({ model }: Emulator, { series, from, count }: Range): void {
  const { payments, byMerchantUid } = model.state;
  for (let index = from; index < from + count; index++) {
    const { impUid, merchantUid } = sampleAt(series, index);
    payments.delete(impUid);
    byMerchantUid.delete(`${USER_CODE}//${merchantUid}`);
  }
}
