import { createHash, type Hash } from "node:crypto";

/** A value as it lies in a column of either engine. */
export type Value = string | number | Uint8Array | null;
/** The values of one row, in the order of the columns asked for. */
export type Values = readonly Value[];

/** Adds a row to a checksum, so that no two different rows add the same: each value with its type and length. */
export function addRow(hash: Hash, row: Values): void {
  for (const value of row) {
    if (value === null) hash.update("n;");
    else if (typeof value === "number") hash.update(`i${value};`);
    else if (typeof value === "string") hash.update(`s${Buffer.byteLength(value)}:${value};`);
    else hash.update(`b${value.length}:`).update(value).update(";");
  }
  hash.update("\n");
}

export function checksumOf(rows: Iterable<Values>): Buffer {
  const hash = createHash("sha256");
  for (const row of rows) addRow(hash, row);
  return hash.digest();
}

/** A key as text that tells its types, for the row that says how far a copy has come. */
export function keyToText(key: Values): string {
  return JSON.stringify(
    key.map((value) => (value instanceof Uint8Array ? { hex: Buffer.from(value).toString("hex") } : value)),
  );
}

export function keyFromText(text: string): Values {
  const stored: readonly (string | number | { readonly hex: string })[] = JSON.parse(text);
  return stored.map((value) => (typeof value === "object" ? Buffer.from(value.hex, "hex") : value));
}
