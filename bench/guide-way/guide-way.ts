import { once } from "node:events";
import type { AddressInfo } from "node:net";
import axios from "axios";
import express from "express";
import { Documents } from "./documents.ts";

/**
 * UNSAFE ON PURPOSE. The guide's own `/payments/complete`, step by step, as a merchant would paste it: a login and a
 * lookup per request, a Map for the database, nothing durable. Its holes are the guide's and stay, because tests use it
 * to show that they catch forgeries: it believes that the payment belongs to the order named, saves the payment onto
 * whatever order the caller names, takes one payment for many orders and test money for real, compares the amount
 * without its currency, puts the caller's text into the gateway's path, answers nothing at all for a failed or
 * cancelled payment, and shows the caller whatever error it meets, keys included.
 *
 * Source: the guide "Verify payment information", steps 1 to 3. Lines that its text lost are put back: `break`, the
 * closing brackets, and the error answer `res.status(400).send(e)`.
 */
export interface GuideWay extends AsyncDisposable {
  readonly url: string;
  readonly orders: Documents<GuideOrder>;
  readonly users: Documents<Record<string, unknown>>;
  /** Text messages that a real server would have sent. */
  readonly messages: readonly string[];
  close(): Promise<void>;
}

export interface GuideOrder {
  amount?: number;
  [field: string]: unknown;
}

export interface GuideWayOptions {
  /** i'mport's address, or the emulator's. */
  readonly gatewayUrl: string;
  readonly impKey: string;
  readonly impSecret: string;
  readonly port?: number;
}

const CUSTOMER_ID = "/* customer id */";
const SETUP_BYTES_MAX = "64mb";

/** Starts the server on loopback. */
export async function startGuideWay(options: GuideWayOptions): Promise<GuideWay> {
  const { gatewayUrl, impKey, impSecret, port = 0 } = options;
  const Orders = new Documents<GuideOrder>();
  const Users = new Documents<Record<string, unknown>>();
  const messages: string[] = [];
  const SMS = { send: ({ text }: { text: string }) => void messages.push(text) };

  const app = express();
  app.use(express.json({ limit: SETUP_BYTES_MAX }));
  registerSetup(app, Orders);

  app.post("/payments/complete", async (req, res) => {
    try {
      const { imp_uid, merchant_uid } = req.body;
      const getToken = await axios({
        url: `${gatewayUrl}/users/getToken`,
        method: "post",
        headers: { "Content-Type": "application/json" },
        data: { imp_key: impKey, imp_secret: impSecret },
      });
      const { access_token } = getToken.data.response;
      const getPaymentData = await axios({
        url: `${gatewayUrl}/payments/${imp_uid}`,
        method: "get",
        headers: { Authorization: access_token },
      });
      const paymentData = getPaymentData.data.response;
      const order = await Orders.findById(paymentData.merchant_uid);
      // As the guide has it: an order that is not there is a TypeError, and the caller sees it.
      const amountToBePaid = (order as GuideOrder).amount;
      const { amount, status } = paymentData;
      if (amount === amountToBePaid) {
        await Orders.findByIdAndUpdate(merchant_uid, { $set: paymentData });
        switch (status) {
          case "ready": {
            const { vbank_num, vbank_date, vbank_name } = paymentData;
            await Users.findByIdAndUpdate(CUSTOMER_ID, { $set: { vbank_num, vbank_date, vbank_name } });
            SMS.send({
              text: `Virtual account issued successfully. Account info ${vbank_num} ${vbank_date} ${vbank_name}`,
            });
            res.send({ status: "vbankIssued", message: "Virtual account issued successfully" });
            break;
          }
          case "paid":
            res.send({ status: "success", message: "General payment successful" });
            break;
        }
      } else {
        throw { status: "forgery", message: "Forged/falsified payment attempted" };
      }
    } catch (e) {
      res.status(400).send(e);
    }
  });

  const server = app.listen(port, "127.0.0.1");
  await once(server, "listening");
  server.keepAliveTimeout = 60_000;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    orders: Orders,
    users: Users,
    messages,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Not the guide's: how a harness puts orders into the Map and reads them back. */
function registerSetup(app: express.Express, orders: Documents<GuideOrder>): void {
  app.post("/setup/orders", (req, res) => {
    for (const { merchant_uid, amount } of req.body as readonly { merchant_uid: string; amount: number }[]) {
      orders.set(merchant_uid, { amount });
    }
    res.status(204).end();
  });
  app.get("/setup/orders/:merchant_uid", async (req, res) => {
    const order = await orders.findById(req.params.merchant_uid);
    res.status(order === undefined ? 404 : 200).json(order ?? null);
  });
}
