import { isIP } from "node:net";
import fc from "fast-check";
import { isPublicAddress } from "../../../src/events/public-address.ts";
import { expect } from "../engine/finding.ts";
import type { FuzzTarget } from "../engine/fuzz-target.ts";

/** Networks that are not the open internet, as numbers: first address and length of the prefix. Source: IANA special-purpose registries. */
const CLOSED_V4: readonly (readonly [number, number])[] = [
  [0x00000000, 8],
  [0x0a000000, 8],
  [0x64400000, 10],
  [0x7f000000, 8],
  [0xa9fe0000, 16],
  [0xac100000, 12],
  [0xc0000000, 24],
  [0xc0000200, 24],
  [0xc0586300, 24],
  [0xc0a80000, 16],
  [0xc6120000, 15],
  [0xc6336400, 24],
  [0xcb007100, 24],
  [0xe0000000, 4],
  [0xf0000000, 4],
];
const CLOSED_V6: readonly (readonly [bigint, number])[] = [
  [0x2001n << 112n, 23],
  [0x20010db8n << 96n, 32],
  [0x2002n << 112n, 16],
  [0x3fffn << 112n, 20],
];

/** `isPublicAddress`: no text leads to this machine or its network, however it is spelled. */
export const addresses: FuzzTarget = {
  name: "addresses",
  sources: ["/src/events/public-address.ts"],
  seeds: [
    "127.0.0.1",
    "::1",
    "::ffff:127.0.0.1",
    "2606:4700::1111",
    "8.8.8.8",
    "169.254.169.254",
    "fe80::1%eth0",
    "0x7f.1",
    "64:ff9b::7f00:1",
  ],
  dictionary: ["127.", "10.", "::", ":", "::ffff:", "%1", "2001:db8", "2002:", "fd00:", "255", "0"],
  grammar: fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended()),
  bytesMax: 64,
  run(input) {
    const text = input.toString("utf8");
    const kind = isIP(text);
    const isOpen = isPublicAddress(text);
    const expected = kind === 4 ? isOpenV4(text) : kind === 6 && isOpenV6(text);
    expect(
      isOpen === expected,
      "isPublicAddress() lets through what is closed, or refuses what is open",
      () => text,
    );
    return `${kind} ${isOpen}`;
  },
};

function isOpenV4(text: string): boolean {
  const number = text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return !CLOSED_V4.some(
    ([first, length]) => Math.floor(number / 2 ** (32 - length)) === Math.floor(first / 2 ** (32 - length)),
  );
}

function isOpenV6(text: string): boolean {
  const number = numberOfV6(text);
  const starts = (first: bigint, length: number) =>
    number >> BigInt(128 - length) === first >> BigInt(128 - length);
  return starts(0x2000n << 112n, 3) && !CLOSED_V6.some(([first, length]) => starts(first, length));
}

function numberOfV6(text: string): bigint {
  const [bare = ""] = text.split("%");
  const dotted = /^(.*:)([0-9.]+\.[0-9.]+)$/.exec(bare);
  const [one = 0, two = 0, three = 0, four = 0] = (dotted?.[2] ?? "").split(".").map(Number);
  const whole =
    dotted === null
      ? bare
      : `${dotted[1]}${(one * 256 + two).toString(16)}:${(three * 256 + four).toString(16)}`;
  const [left = "", right] = whole.split("::");
  const before = left === "" ? [] : left.split(":");
  const after = right === undefined || right === "" ? [] : right.split(":");
  const middle = right === undefined ? [] : Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...middle, ...after].reduce((sum, part) => (sum << 16n) | BigInt(`0x${part}`), 0n);
}
