// Goal: what the security checklist (docs/security.md) says of the whole code holds for every line of it, also for tomorrow's. Method: the
// sources read as text; what a rule lets through is listed here by hand, so that anything new goes red and is looked at.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { regularExpressionsIn, templatesIn } from "../support/read-source.ts";

const ROOT = new URL("../../", import.meta.url);
const sources = globSync("src/**/*.ts", { cwd: ROOT })
  .filter((path) => !path.endsWith(".test.ts") && !path.startsWith("src/emulator/"))
  .toSorted()
  .map((path) => ({ path, text: readFileSync(new URL(path, ROOT), "utf8") }));

const SQL = /\b(SELECT|INSERT INTO|UPDATE\s[\s\S]*\bSET|DELETE FROM|WHERE|ORDER BY|ALTER|GRANT|CREATE)\s/;
/** A constant of a module, an entry of one, or its list of columns. */
const CONSTANT = /^[A-Z][A-Z0-9_]*(\[[\w ?"]+\]|\.join\(", "\)|\.length \+ 1)?$/;
/** The columns of a constant as places: `?`, `@name`, `name = $3`. */
const PLACES = /^[A-Z][A-Z0-9_]*\.map\(\([\w, ]*\) => ["`?@{}\w =$+.]+\)\.join\(", "\)$/;

/**
 * What else stands in statements, by file: names of our own tables and columns, and conditions that are made there. None is
 * anybody's input. `$(...)` stands for what a template inside of it fills in.
 */
const BUILT: Readonly<Record<string, readonly string[]>> = {
  "src/storage/check-database.ts": ["table"],
  "src/storage/copy/copy-source.ts": [
    "beyond",
    'key.join(", ")',
    'key.map(() => "?").join(", ")',
    "name",
    'names.join(", ")',
  ],
  "src/storage/copy/copy-target.ts": [
    "anyRows",
    'arrays.join(", ")',
    "beyond",
    'columns.join(", ")',
    'keyTypes.map((type, index) => `$$(index + 2)::$(type)`).join(", ")',
    "name",
    'table.key.join(", ")',
    "table.name",
    "verb",
  ],
  "src/storage/inspect/check-seals.ts": ["select", 'tables.join(" UNION ALL ")'],
  "src/storage/inspect/rules.ts": [
    'key === "" ? "" : ` AND p.imp_uid = c.$(key)`',
    'key === "" ? "merchant_uid" : key',
    "parent",
    "payment",
    "table",
    'untold("c")',
    'untold("p")',
  ],
  "src/storage/inspect/verify-audit-rows.ts": [
    'engine === "sqlite" ? " NOT INDEXED" : ""',
    'moment.engine === "sqlite" ? " INDEXED BY audit_chain" : ""',
  ],
  // The text of a warning.
  "src/storage/postgres/grant-to-role.ts": ["role", "schema"],
  "src/storage/postgres/list-orders.ts": ['conditions.map(({ sql }) => sql).join(" AND ")', "rest", "where"],
  "src/storage/postgres/order-views.ts": ["which"],
  "src/storage/postgres/read-deliveries.ts": [
    "ofOrder",
    'selectDeliveries("tasks")',
    "selectDeliveries(page)",
    "tasks",
  ],
  "src/storage/postgres/read-statements.ts": ["ofOrder", "where"],
  "src/storage/postgres/row-statements.ts": [
    'columns.join(", ")',
    'insertInto("payments", PAYMENT_COLUMNS)',
    "places(columns)",
    "table",
  ],
  "src/storage/sqlite/back-up.ts": ["name"],
  "src/storage/sqlite/discrepancy-rows.ts": ["where"],
  "src/storage/sqlite/list-orders.ts": ["from", "where", 'where === "" ? "" : `WHERE $(where)`'],
  "src/storage/sqlite/order-rows.ts": ["set(CHANGING_COLUMNS)", "set(STATE_COLUMNS)"],
  "src/storage/sqlite/task-sql.ts": ['ofOrder ? "merchant_uid = @orderId AND" : ""'],
};

describe("C04 statements of the database", () => {
  const statements = sources.flatMap(({ path, text }) =>
    templatesIn(text)
      .filter((template) => SQL.test(template.text))
      .map((template) => ({ path, filled: template.filled })),
  );

  test("C04 are filled with names of our own alone: values are bound", () => {
    assert.ok(statements.length > 100, `only ${statements.length} were found`);
    const seen: Record<string, string[]> = {};
    for (const { path, filled } of statements) {
      const built = filled.filter((text) => !CONSTANT.test(text) && !PLACES.test(text));
      const shown = built.map((text) => text.replaceAll(/\$\{([^}]*)\}/g, "$($1)"));
      if (shown.length > 0) seen[path] = [...new Set([...(seen[path] ?? []), ...shown])].toSorted();
    }
    assert.deepEqual(seen, BUILT);
  });

  test("C04 are put together by no +, and stand in src/storage alone", () => {
    const glued = sources.filter(({ text }) =>
      /["`]\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM) [^"`\n]*["`]\s*\+/.test(text),
    );
    assert.deepEqual(
      glued.map(({ path }) => path),
      [],
    );
    const elsewhere = sources.filter(
      ({ path, text }) =>
        !path.startsWith("src/storage/") && /["`](SELECT|INSERT INTO|UPDATE|DELETE FROM) /.test(text),
    );
    assert.deepEqual(
      elsewhere.map(({ path }) => path),
      [],
    );
  });
});

describe("C20 randomness", () => {
  test("C20 comes from node:crypto; Math.random spreads retries and nothing else", () => {
    const guessable = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/.*\bMath\.random\b.*/g)].map(([line]) => `${path}: ${line.trim()}`),
    );
    assert.deepEqual(guessable, [
      "src/gateway/iamport/open-iamport-gateway.ts: this.#client = new IamportClient({ random: Math.random, ...options, limits: this.#limits });",
      "src/main.ts: const runner = createTaskRunner(deps, { random: Math.random, standing });",
    ]);
    const others = sources.filter(
      ({ text }) =>
        /\b(randomBytes|randomUUID|getRandomValues)\b.*from "/.test(text) &&
        !/\brandomBytes\b.*from "node:crypto"/.test(text),
    );
    assert.deepEqual(others, []);
  });
});

const SECRET = /(?:secret|signature|digest|hmac|mac|proof|password|token|apikey|sessionid|hash)$/i;
/** Compared to nothing, or to a fixed word. */
const FIXED = /^(?:undefined|null|true|false|\d+|["'`].*)$/;

describe("C21 secrets that somebody sends", () => {
  test("C21 are compared by timingSafeEqual, or looked up by their digest", () => {
    const plain = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/([\w.?#]+(?:\("hex"\))?) [!=]== ([\w.?#"'`]+)/g)]
        .filter(([, one = "", other = ""]) => SECRET.test(one) || SECRET.test(other))
        .filter(([, one = "", other = ""]) => !FIXED.test(one) && !FIXED.test(other))
        .map(([found]) => `${path}: ${found}`),
    );
    assert.deepEqual(plain, [
      // A setting beside a published one, at the start.
      "src/config.ts: impSecret === EMULATOR_KEYS.impSecret",
      // Whether it is still the same object of ours.
      "src/gateway/iamport/token-source.ts: this.#token === token",
      // A hash that anybody can compute from the rows.
      'src/storage/inspect/verify-audit-rows.ts: seen?.toString("hex") === expected.hash',
    ]);
    const careful = sources.filter(({ text }) => /\btimingSafeEqual\(/.test(text)).map(({ path }) => path);
    assert.deepEqual(careful, [
      "src/http/auth.ts",
      "src/usecases/host-proof.ts",
      "src/usecases/order-ids.ts",
      "src/usecases/passwords.ts",
    ]);
  });
});

/** More than any body, header or answer's field that reaches one. */
const LONG = 100_000;
/** What makes an expression try again: long runs of what its parts take, and an end that none takes. */
const RUNS = [
  "a",
  "0",
  " ",
  "-",
  "/",
  ":",
  ";",
  ".",
  "@",
  "=",
  "\t",
  "\\",
  "a:",
  "; ",
  "0 ",
  "/.",
  "\n ",
  "82",
];
const HEADS = ["    at ", "imp_", "; charset=", "postgres://", "0.", "a@"];
const INPUTS = [
  ...RUNS,
  ...HEADS.flatMap((head) => ["a", "0", " ", "/"].map((run) => [head, run] as const)),
].map((parts) => {
  const [head, run] = typeof parts === "string" ? ["", parts] : parts;
  return `${head}${run.repeat(LONG / run.length)}\u0001`;
});
/** Of CPU time for one expression and all inputs: a hundred times what a linear one takes, less than a quadratic one does for one of them. */
const CPU_MS_MAX = 1_500;

describe("C50 regular expressions", () => {
  const found = sources.flatMap(({ path, text }) =>
    regularExpressionsIn(text).map((expression) => ({ path, expression })),
  );

  test("C50 take no more than linear time for 100,000 characters", () => {
    assert.ok(found.length > 100, `only ${found.length} were found`);
    const slow: string[] = [];
    for (const { path, expression } of found) {
      const before = process.cpuUsage();
      for (const input of INPUTS) {
        expression.lastIndex = 0;
        expression.test(input);
        const { user, system } = process.cpuUsage(before);
        if ((user + system) / 1000 <= CPU_MS_MAX) continue;
        slow.push(`${path}: ${expression} on ${JSON.stringify(input.slice(0, 12))}`);
        break;
      }
    }
    assert.deepEqual(slow, []);
  });
});
