/** Bytes read as decisions: the same bytes, asked the same questions, give the same answers. Past the end every answer is the first. */
export class Choices {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isSpent(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  /** From 0 to `below` - 1. */
  int(below: number): number {
    if (below <= 256) return this.byte() % below;
    return ((this.byte() << 16) | (this.byte() << 8) | this.byte()) % below;
  }

  /** True in `parts` of 256 cases. */
  chance(parts: number): boolean {
    return this.byte() >= 256 - parts;
  }

  pick<Choice>(choices: readonly [Choice, ...Choice[]]): Choice {
    return choices[this.int(choices.length)] ?? choices[0];
  }

  /** At most `lengthMax` bytes, as they stand. */
  bytes(lengthMax: number): Buffer {
    const length = this.int(lengthMax + 1);
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }

  text(lengthMax: number): string {
    return this.bytes(lengthMax).toString("utf8");
  }

  rest(): Buffer {
    const taken = this.#bytes.subarray(this.#at);
    this.#at = this.#bytes.length;
    return taken;
  }
}
