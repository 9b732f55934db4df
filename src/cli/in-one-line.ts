import { ConfigError } from "../env.ts";
import { DojangError } from "../errors.ts";

/**
 * What the world's failures of a command read like: one line, without a stack. `what`: as in "Cannot <what>: ...".
 *
 * @throws {ConfigError} @throws {DojangError}
 */
export async function inOneLine<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DojangError || error instanceof ConfigError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    if (why.startsWith("Invariant violated")) throw error;
    throw new ConfigError(`Cannot ${what}: ${why}`, { cause: error });
  }
}
