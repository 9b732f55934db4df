import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Whether the request carries the staff's password (HTTP Basic). A real shop has a login with a second factor here. */
export function isStaff(request: IncomingMessage, password: string): boolean {
  const [scheme, text = ""] = (request.headers.authorization ?? "").split(" ");
  const [, ...rest] = Buffer.from(text, "base64").toString("utf8").split(":");
  const given = Buffer.from(rest.join(":"));
  const known = Buffer.from(password);
  return scheme === "Basic" && given.length === known.length && timingSafeEqual(given, known);
}
