import type { Draw } from "../../support/draw.ts";

export interface Material {
  readonly corpus: readonly Buffer[];
  readonly dictionary: readonly Buffer[];
  readonly bytesMax: number;
}

const STEPS_MAX = 5;
/** Where readers of bytes, texts and numbers turn. */
const EDGES = [
  0x00, 0x09, 0x0a, 0x0d, 0x1f, 0x20, 0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x39, 0x3d, 0x5c, 0x7f, 0x80, 0xc0, 0xff,
];
const NUMBERS = [
  "0",
  "-0",
  "1",
  "-1",
  "0.1",
  "1e3",
  "1E-7",
  "1e400",
  "1e-400",
  "00",
  "999999999999999",
  "1000000000000000",
  "9007199254740993",
  "0.000000000000001",
  "18446744073709551616",
].map((text) => Buffer.from(text));

type Step = (input: Buffer, draw: Draw, material: Material) => Buffer;

const STEPS: readonly (readonly [number, Step])[] = [
  [3, (input, draw) => edited(input, draw, (byte) => byte ^ (1 << draw.int(0, 7)))],
  [3, (input, draw) => edited(input, draw, () => draw.pick(EDGES))],
  [2, (input, draw) => edited(input, draw, () => draw.int(0, 255))],
  [3, (input, draw) => edited(input, draw, (byte) => byte + draw.pick([1, -1]))],
  [3, (input, draw) => withPiece(input, draw, Buffer.from([draw.pick(EDGES)]))],
  [2, (input, draw) => withPiece(input, draw, Buffer.from([draw.int(0x20, 0x7e)]))],
  [
    6,
    (input, draw, { dictionary }) =>
      withPiece(input, draw, dictionary.length > 0 ? draw.pick(dictionary) : draw.pick(NUMBERS)),
  ],
  [2, (input, draw) => withPiece(input, draw, draw.pick(NUMBERS))],
  [3, (input, draw) => withNumber(input, draw)],
  [4, (input, draw) => without(input, draw)],
  [3, (input, draw) => repeated(input, draw)],
  [2, (input, draw) => moved(input, draw)],
  [4, (input, draw, { corpus }) => spliced(input, draw, draw.pick(corpus))],
  [1, (input, draw) => input.subarray(0, draw.int(0, input.length))],
];

/** Another input, a few steps away from the given one. */
export function mutate(input: Buffer, draw: Draw, material: Material): Buffer {
  let next = input;
  for (let left = draw.int(1, STEPS_MAX); left > 0; left--) next = draw.weighted(STEPS)(next, draw, material);
  return next.subarray(0, material.bytesMax);
}

function edited(input: Buffer, draw: Draw, edit: (byte: number) => number): Buffer {
  if (input.length === 0) return Buffer.from([draw.int(0, 255)]);
  const copy = Buffer.from(input);
  const at = draw.int(0, copy.length - 1);
  copy[at] = edit(copy[at] ?? 0) & 0xff;
  return copy;
}

function withPiece(input: Buffer, draw: Draw, piece: Buffer): Buffer {
  const at = draw.int(0, input.length);
  // Half of them replace as much as they are long.
  const end = draw.chance(0.5) ? at : Math.min(input.length, at + piece.length);
  return Buffer.concat([input.subarray(0, at), piece, input.subarray(end)]);
}

/** Another number where one stands. */
function withNumber(input: Buffer, draw: Draw): Buffer {
  const text = input.toString("latin1");
  const found = [...text.matchAll(/-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/g)];
  if (found.length === 0) return input;
  const { index, 0: number } = draw.pick(found);
  const other = draw.chance(0.5)
    ? draw.pick(NUMBERS).toString("latin1")
    : String(Number(number) + draw.pick([1, -1, 0.5, 1000]));
  return Buffer.from(text.slice(0, index) + other + text.slice(index + number.length), "latin1");
}

function without(input: Buffer, draw: Draw): Buffer {
  const [from, to] = span(input, draw);
  return Buffer.concat([input.subarray(0, from), input.subarray(to)]);
}

function repeated(input: Buffer, draw: Draw): Buffer {
  const [from, to] = span(input, draw);
  const piece = input.subarray(from, to);
  const times = draw.chance(0.1) ? draw.int(2, 64) : 2;
  return Buffer.concat([input.subarray(0, from), ...Array<Buffer>(times).fill(piece), input.subarray(to)]);
}

function moved(input: Buffer, draw: Draw): Buffer {
  const [from, to] = span(input, draw);
  const rest = Buffer.concat([input.subarray(0, from), input.subarray(to)]);
  const at = draw.int(0, rest.length);
  return Buffer.concat([rest.subarray(0, at), input.subarray(from, to), rest.subarray(at)]);
}

function spliced(input: Buffer, draw: Draw, other: Buffer): Buffer {
  const [from, to] = span(other, draw);
  const at = draw.int(0, input.length);
  const tail = draw.chance(0.5)
    ? other.subarray(from)
    : Buffer.concat([other.subarray(from, to), input.subarray(at)]);
  return Buffer.concat([input.subarray(0, at), tail]);
}

/** A part of the input, short ones more often. */
function span(input: Buffer, draw: Draw): readonly [number, number] {
  const from = draw.int(0, input.length);
  const length = draw.chance(0.7) ? draw.int(1, 8) : draw.int(1, Math.max(1, input.length));
  return [from, Math.min(input.length, from + length)];
}
