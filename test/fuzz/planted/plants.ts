export interface Plant {
  readonly name: string;
  readonly file: string;
  /** Stands in the file once. */
  readonly from: string;
  readonly to: string;
  /** Which target must find it. */
  readonly target: string;
}

const READER = "src/domain/strict-json.ts";
const MONEY = "src/domain/money.ts";
const RULE = "src/domain/accept-payment.ts";
const PAYMENT = "src/gateway/iamport/read-payment.ts";

/** Bugs that somebody could make: each must be found, or the fuzzer is no proof. */
export const PLANTS: readonly Plant[] = [
  {
    name: "a repeated key is accepted",
    file: READER,
    from: 'if (key in object) return refuse(cursor, "duplicate_key");',
    to: "",
    target: "strict-json",
  },
  {
    name: "depth has no bound",
    file: READER,
    from: "const DEPTH_MAX = 32;",
    to: "const DEPTH_MAX = 3200;",
    target: "strict-json",
  },
  {
    name: "a control character stands in a text",
    file: READER,
    from: "if (!(code >= 0x20))",
    to: "if (!(code >= 0x1f))",
    target: "strict-json",
  },
  {
    name: "an object has a prototype",
    file: READER,
    from: "const object: Record<string, JsonValue> = Object.create(null);",
    to: "const object: Record<string, JsonValue> = {};",
    target: "strict-json",
  },
  {
    name: "an amount goes through a float",
    file: MONEY,
    from: "const magnitude = Number(digits);",
    to: "const magnitude = Math.trunc(Number(whole + '.' + kept) * 10 ** exponent);",
    target: "money",
  },
  {
    name: "an amount has 16 digits",
    file: MONEY,
    from: "const AMOUNT_DIGITS_MAX = 15;",
    to: "const AMOUNT_DIGITS_MAX = 16;",
    target: "money",
  },
  {
    name: "a missing sandbox reads as live",
    file: PAYMENT,
    from: 'if (typeof sandbox === "boolean") snapshot.sandbox = sandbox;',
    to: 'if (sandbox === undefined || sandbox === null) snapshot.sandbox = false;\n  else if (typeof sandbox === "boolean") snapshot.sandbox = sandbox;',
    target: "acceptance",
  },
  {
    name: "an unreadable paid_at is no fault",
    file: PAYMENT,
    from: 'else if (seconds === "unreadable" && wireKey === "paid_at") faults.push(wireKey);',
    to: "",
    target: "payment",
  },
  {
    name: "more than the amount is enough",
    file: RULE,
    from: "money.amountMinor === order.amount.amountMinor",
    to: "money.amountMinor >= order.amount.amountMinor",
    target: "acceptance",
  },
  {
    name: "a cancel history is not looked at",
    file: RULE,
    from: "cancelled === 0 && payment.cancelCount === 0",
    to: "cancelled === 0",
    target: "acceptance",
  },
  {
    name: "a saved card is no forgery",
    file: RULE,
    from: '  "customer_uid",\n];',
    to: "];",
    target: "acceptance",
  },
  {
    name: "the last of two fields of a form counts",
    file: "src/http/posted-fields.ts",
    from: "if (key in fields)",
    to: "if (false)",
    target: "webhook-body",
  },
  {
    name: "30 February is 2 March",
    file: "src/domain/rfc3339.ts",
    from: " || !isDay(date)",
    to: "",
    target: "times",
  },
  {
    name: "a cursor has many spellings",
    file: "src/storage/rows/id-cursor.ts",
    from: " && writeIdCursor(key, format) === cursor",
    to: "",
    target: "cursors",
  },
  {
    name: "a quote in a cell is not doubled",
    file: "src/http/csv.ts",
    from: `safe.replaceAll('"', '""')`,
    to: "safe",
    target: "csv",
  },
  {
    name: "+82 0 10 is another number than 010",
    file: "src/storage/seal-blind-index.ts",
    from: "(?=[0-9]{8,})0?([0-9]+)",
    to: "(?=[0-9]{8,})([0-9]+)",
    target: "search",
  },
  {
    name: "a closed network of IPv6 is open",
    file: "src/events/public-address.ts",
    from: ' && !closedV6.check(address, "ipv6")',
    to: "",
    target: "addresses",
  },
  {
    name: "a password with a slash is shown",
    file: "src/storage/postgres/hosts.ts",
    from: 'if (rest.includes("@")) {',
    to: "if (false) {",
    target: "connection-strings",
  },
  {
    name: "metadata takes 1e-400 for 0",
    file: "src/http/registration-body.ts",
    from: "return isHeld && ",
    to: "return ",
    target: "registration",
  },
  {
    name: "one rejection of a webhook is handled by nobody",
    file: "src/http/routes/webhooks-iamport.ts",
    from: "await intake.run(",
    to: "void intake.run(",
    target: "http-routes",
  },
  {
    name: "a hook throws later",
    file: "src/http/bound-pieces.ts",
    from: "if (pieces <= PIECES_MAX) return;",
    to: 'if (pieces < 3) return; setImmediate(() => { throw new Error("planted"); });',
    target: "http-bodies",
  },
  {
    name: "a path with .. is a fault of ours",
    file: "src/http/problem.ts",
    from: 'FST_STATIC_FORBIDDEN_PATH: "not_found",',
    to: "",
    target: "http-routes",
  },
  {
    name: "a refusal never answers",
    file: "src/http/json-body.ts",
    from: "done(error as Error);",
    to: "",
    target: "http-routes",
  },
  {
    name: "the wire is read leniently",
    file: "src/http/app.ts",
    from: "maxHeaderSize: HEADER_BYTES_MAX }",
    to: "maxHeaderSize: HEADER_BYTES_MAX, insecureHTTPParser: true }",
    target: "http-framing",
  },
  {
    name: "a body comes in any number of pieces",
    file: "src/http/bound-pieces.ts",
    from: "const PIECES_MAX = 256;",
    to: "const PIECES_MAX = 1e9;",
    target: "http-bodies",
  },
  {
    name: "a refusal stands inside of an answer",
    file: "src/http/problem.ts",
    from: "!socket.writable || isBegun",
    to: "!socket.writable",
    target: "http-listeners",
  },
  {
    name: "an error is told where nobody listens",
    file: "src/http/bound-pieces.ts",
    from: 'if (payload.listenerCount("error") > 0) ',
    to: "",
    target: "http-bodies",
  },
];
