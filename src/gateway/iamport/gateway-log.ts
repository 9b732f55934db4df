/** What the client writes to; pino's logger fits. Fields hold fixed words and numbers, never an answer's text. */
export interface GatewayLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
