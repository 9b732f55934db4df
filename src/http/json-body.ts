import { isUtf8 } from "node:buffer";
import type { FastifyInstance, FastifyRequest } from "fastify";
import {
  isJsonObject,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  readJson,
} from "../domain/strict-json.ts";
import { DojangError } from "../errors.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The body with its numbers as written; set for JSON bodies. */
    jsonTree?: JsonObject;
  }
}

const FAULTS = {
  malformed: "Cannot read body: expected one JSON object",
  duplicate_key: "Cannot read body: a key stands in it twice",
  too_deep: "Cannot read body: it is nested too deep",
} as const;

/** Reads JSON bodies strictly: one parser for what is checked and what is used, repeated keys refused, UTF-8 only. */
export function registerJsonBody(app: FastifyInstance): void {
  app.decorateRequest("jsonTree", undefined);
  addJsonParser(app);
}

/** As `registerJsonBody`, for one scope. `mayBeEmpty`: nothing at all reads as an empty object. */
export function addJsonParser(app: FastifyInstance, { mayBeEmpty = false } = {}): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>("application/json", { parseAs: "buffer" }, (request, body, done) => {
    try {
      done(null, mayBeEmpty && body.length === 0 ? {} : readJsonBody(request, body));
    } catch (error) {
      done(error as Error);
    }
  });
}

function readJsonBody(request: FastifyRequest, body: Buffer): unknown {
  const tree = parseJsonObject(request.headers["content-type"] ?? "", body);
  request.jsonTree = tree;
  return plain(tree);
}

/** @throws {DojangError} `malformed_request`, `unsupported_media_type` */
export function parseJsonObject(contentType: string, body: Uint8Array): JsonObject {
  const charset = /;\s*charset=("?)([^";\s]+)\1/i.exec(contentType)?.[2];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    throw new DojangError("unsupported_media_type", "Cannot read body: expected charset utf-8");
  }
  const reading = readJson(decodeUtf8(body));
  if (!reading.ok) throw new DojangError("malformed_request", FAULTS[reading.fault]);
  if (!isJsonObject(reading.value)) throw new DojangError("malformed_request", FAULTS.malformed);
  return reading.value;
}

/** A byte order mark stays in the text. */
export function decodeUtf8(body: Uint8Array): string {
  if (!isUtf8(body)) throw new DojangError("malformed_request", "Cannot read body: expected UTF-8");
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
}

/**
 * Numbers as JavaScript has them, for shape checks only: amounts are read from the tree. Half a character (a lone
 * surrogate) is refused: no database keeps it, so the order read back would not be the order sent.
 */
function plain(value: JsonValue): unknown {
  if (typeof value === "string") return wellFormed(value);
  if (value instanceof JsonNumber) return Number(value.numberText);
  if (Array.isArray(value)) return value.map(plain);
  if (!isJsonObject(value)) return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value)) copy[wellFormed(key)] = plain(value[key] ?? null);
  return copy;
}

function wellFormed(text: string): string {
  if (text.isWellFormed()) return text;
  throw new DojangError("malformed_request", "Cannot read body: a text holds half a character");
}
