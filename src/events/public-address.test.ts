import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isPublicAddress } from "./public-address.ts";

const CLOSED = [
  "127.0.0.1",
  "127.255.255.254",
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:10.0.0.1",
  "64:ff9b::7f00:1",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fe80::1%lo",
  "ff02::1",
  "2001:db8::1",
  "2001::1",
  "2002:7f00:1::",
  "localhost",
  "",
  "2130706433",
];
const OPEN = ["1.1.1.1", "52.78.100.19", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450::1"];

describe("isPublicAddress()", () => {
  for (const address of CLOSED)
    test(`isPublicAddress() refuses "${address}"`, () => assert.equal(isPublicAddress(address), false));
  for (const address of OPEN)
    test(`isPublicAddress() allows ${address}`, () => assert.equal(isPublicAddress(address), true));
});
