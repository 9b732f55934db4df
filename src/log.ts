import { type DestinationStream, pino } from "pino";

/**
 * What a log line may carry, by name: nothing that is secret or personal has a field here, so nothing such can be logged.
 * `reason` holds fixed words and our own error texts, never an answer of a gateway.
 */
export interface LogFields {
  readonly merchant_uid?: string;
  readonly imp_uid?: string;
  readonly refund_id?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly task?: string;
  readonly kind?: string;
  readonly tries?: number;
  readonly route?: string;
  readonly method?: string;
  readonly status?: number;
  readonly duration_ms?: number;
  readonly count?: number;
  /** Of a checkpoint, in hex. */
  readonly hash?: string;
  readonly number?: number;
  readonly address?: string;
  readonly is_published_address?: boolean;
  readonly text?: string;
  readonly path?: string;
}

export interface AlarmFields extends LogFields {
  /** Whatever was thrown: written as `error` and `stack`, without what it quotes. */
  readonly fault?: unknown;
}

export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  /** Someone must look: an error line with its code. */
  alarm(event: string, fields?: AlarmFields): void;
}

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

export interface ProcessLog {
  readonly log: Log;
  /** Resolves when each line so far is written, or cannot be. Nothing may be logged afterwards: the process exits. */
  end(): Promise<void>;
}

/**
 * The log of a process, on its standard output. Lines are written behind the caller's back, and what is left at `process.exit` pino's
 * destination tries to write for ever, to a reader that is gone as well: the process would never end. So `end` comes first, and nothing
 * is tried again after a failure. Source: sonic-boom 4.2.1, flushSync.
 */
export function openProcessLog(level: LogLevel): ProcessLog {
  const stream = pino.destination({ fd: 1, sync: false });
  let isWritable = true;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    isWritable = false;
    stream.flushSync = () => undefined;
    // Without a reader pino goes on without a log; any other trouble ends the process.
    if (error.code !== "EPIPE") throw error;
  });
  return {
    log: openLog(level, stream),
    async end() {
      if (!isWritable) return;
      await new Promise<unknown>((resolve) => {
        stream.once("close", resolve).once("error", resolve);
        stream.end();
      });
    },
  };
}

/** JSON lines in UTC. Control characters are escaped by the JSON encoding, so a field cannot forge a line. */
export function openLog(level: LogLevel, destination?: DestinationStream): Log {
  const options = { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` };
  const logger = destination === undefined ? pino(options) : pino(options, destination);
  return {
    debug: (event, fields) => logger.debug(fields ?? {}, event),
    info: (event, fields) => logger.info(fields ?? {}, event),
    warn: (event, fields) => logger.warn(fields ?? {}, event),
    alarm(event, { fault, ...fields } = {}) {
      logger.error({ ...fields, ...(fault === undefined ? {} : describeFault(fault)), alarm: true }, event);
    },
  };
}

const OUR_ERRORS = ["DojangError", "ConfigError"];
const FRAME = /^ {4}at .*(?:\d:\d+\)?|\(<anonymous>\)|\(native\))$/;

/**
 * What may be written of something thrown. Our own errors keep their text. Any other may quote what it choked on, as a
 * parser does, so only its name, its code and the places that it passed through are kept: the text stands at the first.
 */
function describeFault(fault: unknown): { readonly error: string; readonly stack?: string } {
  if (!(fault instanceof Error)) return { error: "thrown without an error" };
  const { name, message, stack = "" } = fault;
  const { code } = fault as { code?: unknown };
  const isOurs = OUR_ERRORS.includes(name) || message.startsWith("Invariant violated: ");
  const kind = typeof code === "string" && /^\w{1,60}$/.test(code) ? `${name} ${code}` : name;
  const frames = stack
    .replace(`${name}: ${message}`, "")
    .split("\n")
    .filter((line) => FRAME.test(line));
  return { error: isOurs ? `${kind}: ${message}` : kind, stack: frames.join("\n") };
}
