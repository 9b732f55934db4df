import { setImmediate } from "node:timers/promises";

/** Far above what anything here takes: reached only when the condition never comes true. */
const GIVE_UP_MS = 15_000;

/** Waits until the condition holds. No fixed sleep: it asks again as soon as the loop has turned. */
export async function until<Value>(
  what: string,
  condition: () => Value | Promise<Value>,
): Promise<NonNullable<Value>> {
  const giveUpAt = Date.now() + GIVE_UP_MS;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > giveUpAt) throw new Error(`Waited in vain until ${what}`);
    await setImmediate();
  }
}
