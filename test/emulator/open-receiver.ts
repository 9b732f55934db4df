import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly contentType: string;
  readonly headers: IncomingMessage["headers"];
  readonly from: string;
  readonly body: string;
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly received: Received[];
  /** What the next calls are answered: a status, or "drop" for no answer. 200 when nothing is left. */
  readonly answers: Array<number | "drop">;
  /** Body of every answer. */
  text: string;
}

/** A shop's webhook address, for what the emulator sends. */
export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: Array<number | "drop"> = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { headers } = request;
    const from = request.socket.remoteAddress ?? "";
    received.push({
      contentType: headers["content-type"] ?? "",
      headers,
      from,
      body: Buffer.concat(chunks).toString(),
    });
    const answer = answers.shift() ?? 200;
    if (answer === "drop") request.socket.destroy();
    else response.writeHead(answer).end(receiver.text);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    answers,
    text: "",
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
