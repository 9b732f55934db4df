// Goal: the emulator's pages can run nobody's script and be framed by nobody but shops, whose page the window lies over. Method: real HTTP.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";

let emulator: Emulator;
before(async () => {
  emulator = await startEmulator();
});
after(() => emulator.close());

const policy = (frameAncestors: string) =>
  [
    "default-src 'none'",
    ...["script", "style", "font", "img", "connect"].map((kind) => `${kind}-src 'self'`),
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${frameAncestors}`,
  ].join("; ");

const PAGES = [
  ["/window", "*"],
  ["/admin", "'none'"],
  ["/admin/", "'none'"],
] as const;

describe("The emulator's pages", () => {
  for (const [path, frameAncestors] of PAGES) {
    test(`${path} carries the security headers, and loads only what it may`, async () => {
      const answer = await fetch(emulator.url + path);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get("content-type"), "text/html; charset=utf-8");
      assert.equal(answer.headers.get("content-security-policy"), policy(frameAncestors));
      assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
      assert.equal(answer.headers.get("referrer-policy"), "no-referrer");
      const html = await answer.text();
      assert.doesNotMatch(html, /<script(?![^>]* src=)/, "a script in the text");
      const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? "");
      assert.ok(loaded.length >= 3, html);
      for (const url of loaded) {
        assert.match(url, /^\/assets\//);
        const asset = await fetch(emulator.url + url, { headers: { "accept-encoding": "br" } });
        assert.equal(asset.status, 200, url);
        assert.match(asset.headers.get("cache-control") ?? "", /immutable/);
        await asset.arrayBuffer();
      }
    });
  }

  test("serve nothing outside of what was built", async () => {
    for (const path of ["/assets/", "/assets/..%2fwindow.html", "/assets/%2e%2e/window.html", "/assets/x.js"])
      assert.equal((await fetch(emulator.url + path)).status, 404, path);
  });
});
