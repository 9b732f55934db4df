import { DojangError } from "../errors.ts";
import { decodeUtf8, parseJsonObject } from "./json-body.ts";

/** i'mport posts JSON or a form, as the merchant set it in the console. */
export const FORM = "application/x-www-form-urlencoded";

/**
 * The fields of a body that i'mport posted: texts of a form, values of a JSON object with its numbers as written.
 *
 * @throws {DojangError} `malformed_request`, `unsupported_media_type`
 */
export function readPostedFields(contentType: string, body: Uint8Array): Readonly<Record<string, unknown>> {
  return contentType.toLowerCase().startsWith(FORM) ? readForm(body) : parseJsonObject(contentType, body);
}

function readForm(body: Uint8Array): Readonly<Record<string, unknown>> {
  const fields: Record<string, string> = Object.create(null);
  // Behind a & a ? is a letter like any other: as the first one it would be left out, which other readers of a form do not do.
  for (const [key, value] of new URLSearchParams(`&${decodeUtf8(body)}`)) {
    if (key in fields)
      throw new DojangError("malformed_request", "Cannot read body: a key stands in it twice");
    fields[key] = value;
  }
  return fields;
}
