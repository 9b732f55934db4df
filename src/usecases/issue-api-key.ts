import { createHash } from "node:crypto";
import type { StoredApiKey } from "../storage/store.ts";
import type { Deps } from "./deps.ts";

const KEY_BYTES = 32;
const ID_BYTES = 6;

/**
 * Makes a key for one of the shop's servers. Only its hash is kept, so it can be shown this once.
 *
 * @throws {DojangError} any `storage_*` code
 */
export async function issueApiKey(
  { store, clock, randomBytes }: Pick<Deps, "store" | "clock" | "randomBytes">,
  { name, actor }: { readonly name: string; readonly actor: string },
): Promise<{ readonly apiKey: StoredApiKey; readonly secret: string }> {
  const secret = `djk_${randomBytes(KEY_BYTES).toString("base64url")}`;
  const id = `key_${randomBytes(ID_BYTES).toString("hex")}`;
  const apiKey = { id, name, createdAt: clock.now(), createdBy: actor };
  const hash = createHash("sha256").update(secret).digest();
  const act = { action: "api_key.added", actor, subject: id, data: {} } as const;
  if (!(await store.console.addApiKey({ ...apiKey, hash }, act)))
    throw new Error("Invariant violated: two random keys were equal");
  return { apiKey, secret };
}
