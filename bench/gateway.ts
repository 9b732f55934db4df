// The emulator in a process of its own, with a merchant whose keys a live server accepts.
import { type Emulator, startEmulator } from "../src/emulator/emulator.ts";
import { DEVELOPMENT_MERCHANT } from "../src/emulator/merchant.ts";
import { paymentBody } from "../src/emulator/payment-json.ts";
import { serveCalls } from "./child.ts";
import { BUYER, OTHERS_SERIES, type Range, sampleAt } from "./samples.ts";

interface Keys {
  readonly impKey: string;
  readonly impSecret: string;
}

export interface GatewayReady extends Keys {
  readonly url: string;
  /** Of another account: Dojang's sweeps read every payment of its own account, and would read the other contenders' too. */
  readonly others: Keys;
}

const USER_CODE = "imp00000009";
const OTHERS_USER_CODE = "imp00000010";
const KEYS = { impKey: "bench-key", impSecret: "bench-secret-of-the-benchmark" };
const OTHERS_KEYS = { impKey: "others-key", impSecret: "others-secret-of-the-benchmark" };

const emulator = await startEmulator({ seed: 1 });
emulator.model.addMerchant({ ...DEVELOPMENT_MERCHANT, ...KEYS, userCode: USER_CODE });
emulator.model.addMerchant({ ...DEVELOPMENT_MERCHANT, ...OTHERS_KEYS, userCode: OTHERS_USER_CODE });

serveCalls(
  {
    setDelay: (delayMs: number) => {
      emulator.delayMs = delayMs;
      emulator.tokens.delayMs = delayMs;
    },
    pay: (range: Range) => payAll(emulator, range),
    forget: (range: Range) => forgetAll(emulator, range),
  },
  { url: emulator.url, ...KEYS, others: OTHERS_KEYS } satisfies GatewayReady,
);

/** Paid by card, and rendered ahead: what an answer costs the emulator is not the contenders' business. */
function payAll({ model }: Emulator, { series, from, count }: Range): void {
  for (let index = from; index < from + count; index++) {
    const { impUid, merchantUid, amount } = sampleAt(series, index);
    const payment = model.createPayment({
      userCode: userCodeOf(series),
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
    byMerchantUid.delete(`${userCodeOf(series)}//${merchantUid}`);
  }
}

function userCodeOf(series: number): string {
  return (Object.values(OTHERS_SERIES) as number[]).includes(series) ? OTHERS_USER_CODE : USER_CODE;
}
