import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { sandboxPanel } from "../../src/cli/panel.ts";
import { readConfig } from "../../src/config.ts";
import { openLog } from "../../src/log.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox.ts";

const folder = mkdtempSync(join(tmpdir(), "dojang-sandbox-operator-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const config = readConfig({ PORT: "0", DATABASE_URL: `sqlite:${join(folder, "dojang.db")}` });
const start = () =>
  startSandbox(config, {
    log: openLog("silent"),
    onFatal: (error) => {
      throw error;
    },
  });

const signIn = ({ dojang: { privateUrl } }: Sandbox, { name, password }: Sandbox["operator"]) =>
  fetch(`${privateUrl}/console/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: privateUrl },
    body: JSON.stringify({ name, password }),
  });

test("The sandbox lets a newcomer into the console with what it prints, and with that of its last start alone", async () => {
  const first = await start();
  const { operator } = first;
  const panel = sandboxPanel(first, config);
  for (const part of [
    `${first.dojang.privateUrl}/console\n`,
    ` ${operator.name}\n`,
    ` ${operator.password}\n`,
  ])
    assert.ok(panel.includes(part), panel);
  const answer = await signIn(first, operator);
  assert.deepEqual(
    [answer.status, ((await answer.json()) as { must_change_password: boolean }).must_change_password],
    [201, false],
  );
  await first.close();
  const second = await start();
  assert.equal((await signIn(second, operator)).status, 401);
  assert.equal((await signIn(second, second.operator)).status, 201);
  await second.close();
});
