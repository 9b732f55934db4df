import { parse } from "node:querystring";
import fc from "fast-check";
import { DojangError } from "../../../src/errors.ts";
import { readOrderFilters } from "../../../src/http/console/order-filters.ts";
import { readChoice, readPageQuery } from "../../../src/http/page-query.ts";
import { expect } from "../engine/finding.ts";
import type { FuzzTarget } from "../engine/fuzz-target.ts";

const KEYS = ["status", "customer", "q"] as const;
const STATUSES = ["pending", "paid", "refunded"] as const;

/** The queries of lists and of the console's filters: known keys, each once, in bounds; what is asked of the database is what was written. */
export const filters: FuzzTarget = {
  name: "filters",
  sources: ["/src/http/page-query.ts", "/src/http/console/order-filters.ts"],
  seeds: [
    "status=paid&limit=20",
    "q=+82+10&cursor=abc",
    "limit=101",
    "q=a&q=b",
    "__proto__=x&status=__proto__",
    "limit=0100",
  ],
  dictionary: [
    "status=",
    "customer=",
    "q=",
    "cursor=",
    "limit=",
    "&",
    "paid",
    "%00",
    "%20",
    "100",
    "__proto__",
    "toString",
  ],
  grammar: fc.webQueryParameters(),
  bytesMax: 1200,
  run(input) {
    const query = parse(input.toString("latin1"));
    const entries = Object.entries(query);
    const isKnown = entries.every(
      ([key, value]) =>
        [...KEYS, "cursor", "limit"].includes(key) &&
        typeof value === "string" &&
        value.length >= 1 &&
        value.length <= 500,
    );
    const limit = String(query["limit"] ?? "20");
    const isLimit =
      /^[0-9]+$/.test(limit) && String(Number(limit)) === limit && Number(limit) >= 1 && Number(limit) <= 100;
    try {
      const { fields, page } = readPageQuery(query, KEYS);
      expect(isKnown && isLimit, "readPageQuery() takes what is not documented", () => query);
      expect(
        page.limit === Number(limit) && page.cursor === query["cursor"],
        "readPageQuery() reads another page",
        () => [query, page],
      );
      expect(
        KEYS.every((key) => fields[key] === query[key]),
        "readPageQuery() reads other fields",
        () => [query, fields],
      );
      const status = readChoice(fields.status, { name: "status", choices: STATUSES });
      expect(
        status === undefined || STATUSES.includes(status),
        "readChoice() gives what is no choice",
        () => status,
      );
      const { q, customer } = fields;
      const filter = readOrderFilters({
        ...(status && { status: "paid" }),
        ...(q && { q }),
        ...(customer && { customer }),
      });
      expect(
        filter.text === q?.trim() && filter.customerId === customer,
        "readOrderFilters() asks for something else",
        () => [fields, filter],
      );
      return `ok ${Object.keys(fields).sort().join()}`;
    } catch (error) {
      if (!(error instanceof DojangError) || error.code !== "invalid_request") throw error;
      const isChoice = query["status"] === undefined || STATUSES.some((status) => status === query["status"]);
      expect(!(isKnown && isLimit && isChoice), "readPageQuery() refuses a right query", () => query);
      return error.message.slice(0, 20);
    }
  },
};
