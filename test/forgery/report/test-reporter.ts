import { relative } from "node:path";
import type { TestEvent } from "node:test/reporters";

/** How one test ended. */
export interface Ended {
  readonly file: string;
  /** The names of the groups that it stands in, then its own. */
  readonly names: readonly string[];
  readonly result: "green" | "red" | "skipped";
}

/**
 * A reporter for node:test that writes one line of JSON for each test that ended, and none for groups and files.
 *
 * Source: node:test, custom reporters: an async generator over the stream of events, which come in the order of definition.
 */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const open = new Map<string, string[]>();
  for await (const { type, data } of events) {
    if (type !== "test:start" && type !== "test:pass" && type !== "test:fail") continue;
    const file = relative(process.cwd(), data.file ?? "");
    const names = open.get(file) ?? [];
    names.length = data.nesting;
    names.push(data.name);
    open.set(file, names);
    if (type === "test:start" || data.details.type === "suite") continue;
    const isLeftOut = data.skip !== undefined || data.todo !== undefined;
    const result = type === "test:fail" ? "red" : isLeftOut ? "skipped" : "green";
    yield `${JSON.stringify({ file, names: [...names], result } satisfies Ended)}\n`;
  }
}
