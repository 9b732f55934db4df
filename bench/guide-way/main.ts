// The guide's way in a process of its own, for the benchmark.
import { serveCalls } from "../child.ts";
import { startGuideWay } from "./guide-way.ts";

const { BENCH_GATEWAY_URL = "", BENCH_IMP_KEY = "", BENCH_IMP_SECRET = "" } = process.env;
const guideWay = await startGuideWay({
  gatewayUrl: BENCH_GATEWAY_URL,
  impKey: BENCH_IMP_KEY,
  impSecret: BENCH_IMP_SECRET,
});
serveCalls({}, { url: guideWay.url });
