// The limit: a server that can do no less. One upstream GET per request on a warm connection, nothing read but its
// status, nothing checked, nothing stored.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Pool } from "undici";
import { serveCalls } from "./child.ts";

const { BENCH_GATEWAY_URL = "", BENCH_TOKEN = "" } = process.env;
const SUCCESS = '{"status":"success","message":"General payment successful"}';
const TROUBLE = '{"status":"error"}';
const HEADERS = ["authorization", `Bearer ${BENCH_TOKEN}`];

const pool = new Pool(BENCH_GATEWAY_URL, { connections: 256, pipelining: 1 });
const server = createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => {
    text += chunk;
  });
  request.on("end", () => {
    if (request.method !== "POST") send(response, 404, TROUBLE);
    else pass(text, response);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  serveCalls({}, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});

function pass(text: string, response: ServerResponse): void {
  const { imp_uid } = JSON.parse(text) as { imp_uid: string };
  let status = 0;
  pool.dispatch(
    { method: "GET", path: `/payments/${imp_uid}`, headers: HEADERS },
    {
      onRequestStart() {},
      onResponseStart(_controller, statusCode) {
        status = statusCode;
      },
      onResponseData() {},
      onResponseEnd: () => send(response, status === 200 ? 200 : 502, status === 200 ? SUCCESS : TROUBLE),
      onResponseError: () => send(response, 502, TROUBLE),
    },
  );
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, ["content-type", "application/json", "content-length", String(body.length)]);
  response.end(body);
}
