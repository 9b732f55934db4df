import type { Deps } from "../usecases/deps.ts";
import { createPlaces } from "./places.ts";

type Gateway = Deps["gateway"];

/** The same gateway, with so many calls through here at one time: the rest of its connections are the buyers'. */
export function limitGateway(gateway: Gateway, callsMax: number): Gateway {
  const places = createPlaces(callsMax);
  const limited =
    <Args extends readonly unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await places.take();
      return call(...args).finally(places.leave);
    };
  return {
    fetchPayment: limited((paymentId) => gateway.fetchPayment(paymentId)),
    findAttempts: limited((orderId) => gateway.findAttempts(orderId)),
    listPayments: limited((query) => gateway.listPayments(query)),
    listChannels: limited(() => gateway.listChannels()),
    prepareAmount: limited((orderId, amount) => gateway.prepareAmount(orderId, amount)),
    closeAccount: limited((paymentId) => gateway.closeAccount(paymentId)),
    cancelPayment: limited((request) => gateway.cancelPayment(request)),
    clockOffsetMs: () => gateway.clockOffsetMs(),
    health: () => gateway.health(),
    close: () => gateway.close(),
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}
