import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";

const COUNT = {
  total: 1,
  sentTotal: 0,
  sentFailed: 0,
  sentSuccess: 0,
  sentPending: 0,
  sentReplacement: 0,
  refund: 0,
};
const COUNTS = { ...COUNT, registeredFailed: 0, registeredSuccess: 1 };

/** An answer of the send call in the shape that the official SDK accepts. */
export function accepted(failed: readonly object[] = []): string {
  const charge = { sms: {}, lms: {}, mms: {}, ata: {}, cta: {}, cti: {}, nsa: {}, rcs_sms: {}, rcs_lms: {} };
  const money = { requested: 0, replacement: 0, refund: 0, sum: 0 };
  return JSON.stringify({
    failedMessageList: failed,
    groupInfo: {
      count: { ...COUNTS, registeredFailed: failed.length, registeredSuccess: 1 - failed.length },
      countForCharge: charge,
      balance: money,
      point: money,
      app: { profit: charge },
      log: [],
      status: "SENDING",
      allowDuplicates: false,
      isRefunded: false,
      accountId: "1",
      masterAccountId: null,
      apiVersion: "4",
      groupId: "G4V1",
      price: {},
      dateCreated: "2026-08-01T00:00:00.000Z",
      dateUpdated: "2026-08-01T00:00:00.000Z",
      _id: "G4V1",
    },
  });
}

export type Reply = (response: http.ServerResponse) => void;

interface Received {
  readonly line: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface SolapiDouble extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** The next request. */
  arrival(): Promise<void>;
  /** What requests are answered from now on. */
  reply: Reply;
}

/** A stand-in for Solapi's address on loopback. */
export async function openSolapiDouble(reply: Reply): Promise<SolapiDouble> {
  const received: Received[] = [];
  const arrivals: Array<() => void> = [];
  const server = http.createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    received.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
    double.reply(response);
    for (const wake of arrivals.splice(0)) wake();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const double: SolapiDouble = {
    reply,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    arrival: () => new Promise<void>((resolve) => void arrivals.push(resolve)),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return double;
}

export function json(status: number, body: string): Reply {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(body);
  };
}
