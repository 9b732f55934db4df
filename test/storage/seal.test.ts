import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { createSealer, type Place } from "../../src/storage/seal.ts";
import { createBlindIndex } from "../../src/storage/seal-blind-index.ts";
import { deriveSealKeys } from "../../src/storage/seal-keys.ts";

const OLD = deriveSealKeys(new Uint8Array(32).fill(1));
const NEW = deriveSealKeys(new Uint8Array(32).fill(2));
const PLACE: Place = { table: "orders", column: "customer_private", row: "order_001" };

describe("createSealer()", () => {
  const sealer = createSealer({ keys: [NEW], randomBytes });

  test("open() gives back what seal() took, text and bytes", () => {
    for (const text of ["", "홍길동", "x".repeat(100_000), "\u0000\n"]) {
      assert.equal(sealer.open(sealer.seal(text, PLACE), PLACE).toString("utf8"), text);
    }
    const bytes = randomBytes(300);
    assert.deepEqual(sealer.open(sealer.seal(bytes, PLACE), PLACE), bytes);
  });

  test("seal() writes format, key id, a fresh nonce, ciphertext and tag", () => {
    const one = sealer.seal("name", PLACE);
    const other = sealer.seal("name", PLACE);
    assert.equal(one[0], 1);
    assert.deepEqual(one.subarray(1, 5), NEW.keyId);
    assert.equal(one.length, 1 + 4 + 12 + 4 + 16);
    assert.notDeepEqual(one.subarray(5, 17), other.subarray(5, 17));
  });

  test("open() refuses a value with any one bit changed or any byte cut", () => {
    const sealed = sealer.seal("name", PLACE);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      assert.throws(
        () => sealer.open(changed, PLACE),
        /^Error: Cannot open orders.customer_private/,
        `bit ${bit}`,
      );
    }
    for (let length = 0; length < sealed.length; length += 1) {
      assert.throws(() => sealer.open(sealed.subarray(0, length), PLACE), /Cannot open/, `${length} bytes`);
    }
  });

  test("open() refuses a value that was moved to another row, column or table", () => {
    const sealed = sealer.seal("name", PLACE);
    for (const moved of [{ row: "order_002" }, { column: "metadata_private" }, { table: "payments" }]) {
      assert.throws(() => sealer.open(sealed, { ...PLACE, ...moved }), /it was changed or moved/);
    }
  });

  test("open() takes every key at hand while the first one seals", () => {
    const before = createSealer({ keys: [OLD], randomBytes });
    const rotated = createSealer({ keys: [NEW, OLD], randomBytes });
    assert.equal(rotated.open(before.seal("name", PLACE), PLACE).toString(), "name");
    assert.equal(sealer.open(rotated.seal("name", PLACE), PLACE).toString(), "name");
    assert.throws(() => before.open(rotated.seal("name", PLACE), PLACE), /no data key with id/);
  });
});

describe("deriveSealKeys()", () => {
  // The derivation is part of the format at rest: a change would make every database unreadable.
  test("deriveSealKeys() derives the same keys for ever", () => {
    assert.equal(OLD.keyId.toString("hex"), "0dc75d02");
    assert.equal(
      OLD.sealKey.export().toString("hex"),
      "40fb1b541c1daf4e3519f9205a4095aad136caa56005cded86e732e4889b45d4",
    );
    assert.equal(
      OLD.indexKey.export().toString("hex"),
      "f7661e4e4697009647e4a1f18fec5ddfc0769aca9e9baa6496dae5008942886e",
    );
  });

  test("deriveSealKeys() refuses a key that is not 32 bytes", () => {
    assert.throws(() => deriveSealKeys(new Uint8Array(31)), /expected 32 bytes, got 31/);
  });
});

describe("createBlindIndex()", () => {
  const index = createBlindIndex([NEW, OLD]);

  test("ofTel() and ofMail() are equal for one number and one address however written", () => {
    const tels = [
      "01012345678",
      "010-1234-5678",
      "+82 10 1234 5678",
      "+82(0)10-1234-5678",
      "０１０１２３４５６７８",
    ];
    for (const tel of tels) assert.deepEqual(index.ofTel(tel), index.ofTel("01012345678"), tel);
    assert.deepEqual(index.ofTel("+82-2-312-3456"), index.ofTel("02-312-3456"));
    assert.deepEqual(index.ofMail(" Hong@Example.COM "), index.ofMail("hong@example.com"));
    assert.notDeepEqual(index.ofTel("8212345"), index.ofTel("012345"));
    assert.notDeepEqual(index.ofTel("01012345678"), index.ofTel("01012345679"));
  });

  test("ofTel() and ofMail() differ for the same text", () => {
    assert.notDeepEqual(index.ofTel("12"), index.ofMail("12"));
  });

  test("ofTel() gives nothing where no digit is", () => {
    assert.equal(index.ofTel("-"), undefined);
    assert.equal(index.ofMail("  "), undefined);
    assert.deepEqual(index.tellAll("tel", "none"), []);
  });

  test("tellAll() finds what an old key indexed", () => {
    const old = createBlindIndex([OLD]).ofTel("01012345678");
    assert.ok(old);
    assert.ok(index.tellAll("tel", "010-1234-5678").some((candidate) => candidate.equals(old)));
  });
});
