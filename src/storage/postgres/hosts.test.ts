import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readPostgresUrl } from "./hosts.ts";

describe("readPostgresUrl()", () => {
  test("reads one host, and shows it without the password and the parameters", () => {
    assert.deepEqual(
      readPostgresUrl("postgres://dojang:s%3Acret@db.example.com:6432/pay?sslmode=verify-full"),
      {
        hosts: [
          {
            host: "db.example.com",
            port: 6432,
            url: "postgres://dojang:s%3Acret@db.example.com:6432/pay?sslmode=verify-full",
          },
        ],
        isPooled: false,
        shown: "postgres://dojang@db.example.com:6432/pay",
      },
    );
  });

  test("reads several hosts in their order, each with its own port or the usual one", () => {
    const { hosts, shown } = readPostgresUrl(
      "postgresql://u:p@a.example,b.example:5433,[2001:db8::1]:5434/pay",
    );
    assert.deepEqual(hosts, [
      { host: "a.example", port: 5432, url: "postgresql://u:p@a.example:5432/pay" },
      { host: "b.example", port: 5433, url: "postgresql://u:p@b.example:5433/pay" },
      { host: "[2001:db8::1]", port: 5434, url: "postgresql://u:p@[2001:db8::1]:5434/pay" },
    ]);
    assert.equal(shown, "postgresql://u@a.example:5432/pay");
  });

  test("keeps our own parameters from the driver", () => {
    const { hosts, isPooled } = readPostgresUrl(
      "postgres://u:p@pool:6432/pay?pgbouncer=true&target_session_attrs=read-write&sslmode=require",
    );
    assert.deepEqual([hosts[0]?.url, isPooled], ["postgres://u:p@pool:6432/pay?sslmode=require", true]);
    assert.equal(readPostgresUrl("postgres://u:p@pool/pay?pgbouncer=false").isPooled, false);
  });

  test("shows nothing of a password whose / or ? or @ is not percent-encoded", () => {
    for (const url of [
      "postgres://u:hidden/x@h:5432/pay",
      "postgres://u:1234/hidden@h/pay",
      "postgres://u:hidden?x@h/pay",
      "postgres://u:1234?pgbouncer=hidden@h/pay",
      "postgres://u:x@hidden/x@h/pay",
    ]) {
      assert.throws(() => readPostgresUrl(url), {
        message:
          "expected the password's special characters percent-encoded, such as %40 for @ and %2F for /",
      });
    }
  });

  test("says in one line what is wrong with a parameter", () => {
    assert.throws(() => readPostgresUrl("postgres://u:p@h/pay?pgbouncer=yes%0Ano"), {
      message: "expected pgbouncer=true or pgbouncer=false, got pgbouncer=yes%0Ano",
    });
  });

  test("refuses what is none in one line without the password", () => {
    for (const [url, message] of [
      ["mysql://u:hidden@h/pay", /^expected postgres:\/\/user:password@host:port\/name$/],
      ["postgres://u:hidden@h:70000/pay", /^expected host:port, got "h:70000"$/],
      ["postgres://u:hidden@h:0/pay", /^expected host:port, got "h:0"$/],
      ["postgres://u:hidden@a,:5433/pay", /^expected host:port, got ":5433"$/],
      [
        "postgres://u:hidden@h/pay?pgbouncer=yes",
        /^expected pgbouncer=true or pgbouncer=false, got pgbouncer=yes$/,
      ],
    ] as const) {
      assert.throws(
        () => readPostgresUrl(url),
        (error: Error) => {
          assert.match(error.message, message);
          return !error.message.includes("hidden");
        },
      );
    }
  });
});
