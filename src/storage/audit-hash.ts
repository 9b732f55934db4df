import { createHash, type Hash } from "node:crypto";

/** One row of the audit table, all that its hash covers. Part of the format at rest, the same for every engine. */
export interface AuditRecord {
  /** In the order of writing, over all chains. */
  readonly number: number;
  /** The order's chain; null for what operators do that concerns no order. */
  readonly orderId: string | null;
  readonly position: number;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string | null;
  /** As stored: the text of a JSON object. */
  readonly data: string;
  /** As stored: sealed. So nobody needs the data key to check a chain. */
  readonly reasonSealed: Uint8Array | null;
  readonly prevHash: Uint8Array;
}

export interface AuditHead {
  readonly orderId: string | null;
  readonly hash: Uint8Array;
}

interface CheckpointRecord {
  readonly number: number;
  readonly at: number;
  readonly through: number;
  readonly prevHash: Uint8Array;
}

/** What the first row of a chain names as the hash before it. */
export const NO_HASH: Uint8Array = new Uint8Array(32);

/** A field that is not there: no text is this long. */
const ABSENT = Buffer.from([0xff, 0xff, 0xff, 0xff]);

/** SHA-256 of the row, in the encoding of docs/decisions/0009-audit-chains.md. */
export function auditHash(record: AuditRecord): Buffer {
  const hash = createHash("sha256");
  addText(hash, "dojang audit row v1");
  addBytes(hash, record.prevHash);
  addNumber(hash, record.number);
  addText(hash, record.orderId);
  addNumber(hash, record.position);
  addNumber(hash, record.at);
  addText(hash, record.actor);
  addText(hash, record.action);
  addText(hash, record.subject);
  addText(hash, record.data);
  addBytes(hash, record.reasonSealed);
  return hash.digest();
}

/** Over the heads of the chains that grew, in the order of their ids byte by byte, the one without an order first. */
export function checkpointHash(
  { number, at, through, prevHash }: CheckpointRecord,
  heads: Iterable<AuditHead>,
): { readonly hash: Buffer; readonly heads: number } {
  const hash = createHash("sha256");
  addText(hash, "dojang audit checkpoint v1");
  addBytes(hash, prevHash);
  addNumber(hash, number);
  addNumber(hash, at);
  addNumber(hash, through);
  let count = 0;
  for (const head of heads) {
    addText(hash, head.orderId);
    addBytes(hash, head.hash);
    count += 1;
  }
  addNumber(hash, count);
  return { hash: hash.digest(), heads: count };
}

function addNumber(hash: Hash, value: number): void {
  addText(hash, String(value));
}

function addText(hash: Hash, text: string | null): void {
  addBytes(hash, text === null ? null : Buffer.from(text, "utf8"));
}

/** Its length first: fields that run into one another would give two rows one hash. */
function addBytes(hash: Hash, bytes: Uint8Array | null): void {
  if (bytes === null) {
    hash.update(ABSENT);
    return;
  }
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  hash.update(length).update(bytes);
}
