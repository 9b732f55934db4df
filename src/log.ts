import { type DestinationStream, pino } from "pino";

/**
 * What a log line may carry, by name: nothing that is secret or personal has a field here, so nothing such can be logged.
 * `reason` and `error` hold fixed words and our own error texts, never an answer of a gateway.
 */
export interface LogFields {
  readonly merchant_uid?: string;
  readonly imp_uid?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly error?: string;
  readonly stack?: string;
  readonly task?: string;
  readonly kind?: string;
  readonly tries?: number;
  readonly route?: string;
  readonly method?: string;
  readonly status?: number;
  readonly request_id?: string;
  readonly duration_ms?: number;
  readonly count?: number;
  readonly address?: string;
  readonly is_published_address?: boolean;
  readonly text?: string;
  readonly path?: string;
}

export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  /** Someone must look: an error line with its code. */
  alarm(event: string, fields?: LogFields): void;
}

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** JSON lines in UTC. Control characters are escaped by the JSON encoding, so a field cannot forge a line. */
export function openLog(level: LogLevel, destination?: DestinationStream): Log {
  const options = { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` };
  const logger = destination === undefined ? pino(options) : pino(options, destination);
  return {
    debug: (event, fields) => logger.debug(fields ?? {}, event),
    info: (event, fields) => logger.info(fields ?? {}, event),
    warn: (event, fields) => logger.warn(fields ?? {}, event),
    alarm: (event, fields) => logger.error({ ...fields, alarm: true }, event),
  };
}
