import type { FastifyInstance } from "fastify";
import type { Emulator } from "./emulator.ts";

/** The levers over HTTP, for the admin page and for people who test their own shops. */
export function registerAdminApi(_app: FastifyInstance, _emulator: Emulator): void {}
