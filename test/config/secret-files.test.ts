import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { type Config, readConfig } from "../../src/config.ts";
import { ConfigError, type Env } from "../../src/env.ts";

const folder = mkdtempSync(join(tmpdir(), "dojang-secrets-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function file(content: string): string {
  const path = join(folder, `${Math.random()}`);
  writeFileSync(path, content);
  return path;
}

const DATA_KEY = Buffer.alloc(32, 9).toString("base64");
const SOLAPI = {
  DOJANG_SMS: "solapi",
  SOLAPI_FROM: "0212345678",
  SOLAPI_API_KEY: "k",
  SOLAPI_API_SECRET: "s",
};

interface Secret {
  readonly name: string;
  readonly value: string;
  readonly read: (config: Config) => unknown;
  readonly beside?: Env;
}

const SECRETS: readonly Secret[] = [
  { name: "IMP_KEY", value: "the-key", read: ({ gateway }) => gateway?.impKey, beside: { IMP_SECRET: "s" } },
  {
    name: "IMP_SECRET",
    value: "the-secret",
    read: ({ gateway }) => gateway?.impSecret,
    beside: { IMP_KEY: "k" },
  },
  { name: "DOJANG_API_KEY", value: "the-shop", read: ({ apiKey }) => apiKey },
  {
    name: "DOJANG_DATA_KEY",
    value: DATA_KEY,
    read: ({ dataKey }) => Buffer.from(dataKey ?? []).toString("base64"),
  },
  {
    name: "SOLAPI_API_KEY",
    value: "the-sms-key",
    read: ({ sms }) => (sms.kind === "solapi" ? sms.apiKey : ""),
    beside: { ...SOLAPI, SOLAPI_API_KEY: undefined },
  },
  {
    name: "SOLAPI_API_SECRET",
    value: "the-sms-secret",
    read: ({ sms }) => (sms.kind === "solapi" ? sms.apiSecret : ""),
    beside: { ...SOLAPI, SOLAPI_API_SECRET: undefined },
  },
];

for (const { name, value, read, beside = {} } of SECRETS) {
  describe(`readConfig() on ${name}_FILE`, () => {
    const refuses = (env: Env, line: string) =>
      assert.throws(
        () => readConfig({ ...beside, ...env }),
        (error) => {
          assert.ok(error instanceof ConfigError, String(error));
          assert.equal(error.message, line);
          return true;
        },
      );

    test("reads the secret from the file, without the line's end", () => {
      assert.equal(read(readConfig({ ...beside, [`${name}_FILE`]: file(`${value}\n`) })), value);
    });

    test("refuses the secret and its file together", () => {
      refuses({ [name]: value, [`${name}_FILE`]: file(value) }, `Set ${name} or ${name}_FILE, not both`);
    });

    test("refuses a file that cannot be read, without naming it", () => {
      const line = `Set ${name}_FILE to a file that this process can read`;
      refuses({ [`${name}_FILE`]: join(folder, "missing") }, line);
      refuses({ [`${name}_FILE`]: folder }, line);
    });

    test("refuses an empty file", () => {
      refuses({ [`${name}_FILE`]: file(" \n") }, `Set ${name}_FILE to a file that is not empty`);
    });
  });
}
