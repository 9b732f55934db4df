// The bare proxy as a shop would write it with the framework that Dojang uses: one upstream GET per request on a warm connection, its
// answer read whole and passed over. Nothing checked, nothing stored.
import Fastify from "fastify";
import { Pool } from "undici";
import { serveCalls } from "./child.ts";

const { BENCH_GATEWAY_URL = "", BENCH_TOKEN = "" } = process.env;

const pool = new Pool(BENCH_GATEWAY_URL, { connections: 256, pipelining: 1 });
const app = Fastify({ keepAliveTimeout: 60_000 });
app.post<{ Body: { imp_uid: string } }>("/payments/complete", async (request, reply) => {
  const { statusCode, body } = await pool.request({
    method: "GET",
    path: `/payments/${request.body.imp_uid}`,
    headers: { authorization: `Bearer ${BENCH_TOKEN}` },
  });
  await body.text();
  if (statusCode !== 200) return reply.code(502).send({ status: "error" });
  return { status: "success", message: "General payment successful" };
});
serveCalls({}, { url: await app.listen({ port: 0, host: "127.0.0.1" }) });
