import assert from "node:assert/strict";
import { test } from "node:test";
import { pageHeaders } from "./page-headers.ts";

const policyOf = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    (headers["content-security-policy"] ?? "").split(";").map((directive) => {
      const [name = "", ...sources] = directive.split(" ");
      return [name, sources];
    }),
  );
const VENDOR = ["https://*.iamport.kr", "https://*.iamport.co", "https://*.portone.io"];

test("pageHeaders() lets in the vendor's origins and the PGs' that are named, on the page that pays alone", () => {
  const { payable, plain } = pageHeaders({
    url: "https://cdn.iamport.kr/v1/iamport.js",
    moreOrigins: ["https://pg.example.com"],
  });
  const letIn = [...VENDOR, "https://pg.example.com"];
  const policy = policyOf(payable);
  assert.deepEqual(policy["script-src"], ["'self'", ...letIn]);
  assert.deepEqual(policy["frame-src"], letIn);
  assert.deepEqual(policy["frame-ancestors"], ["'none'"]);
  assert.equal(JSON.stringify(policyOf(plain)).includes("https://"), false);
});

test("pageHeaders() lets no page run a script that stands in its text", () => {
  for (const sdk of [undefined, { url: "http://127.0.0.1:4000/v1/iamport.js", moreOrigins: [] }]) {
    for (const headers of Object.values(pageHeaders(sdk))) {
      const { "script-src": scripts = [], "default-src": rest } = policyOf(headers);
      assert.equal(
        scripts.some((source) => /unsafe|data:|blob:|\*$|^https?:$/.test(source)),
        false,
        scripts.join(" "),
      );
      assert.deepEqual(rest, ["'none'"]);
    }
  }
});

test("pageHeaders() has one policy for all where no window can be opened", () => {
  const { payable, plain } = pageHeaders(undefined);
  assert.deepEqual(payable, plain);
});
