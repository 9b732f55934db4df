import { CLASSES, type ClassId } from "./classes.ts";
import { namedIn } from "./find-tests.ts";
import type { FileReport } from "./report.ts";
import type { Ended } from "./test-reporter.ts";

/** The tests of each class, by file. A test belongs to the classes in its own name, or else in that of the nearest group. */
export function groupTests(ended: readonly Ended[]): Readonly<Record<ClassId, readonly FileReport[]>> {
  const named = ended.map((test) => ({
    ...test,
    ids: test.names.map(namedIn).findLast((ids) => ids.length > 0) ?? [],
  }));
  const classes = Object.keys(CLASSES) as ClassId[];
  return Object.fromEntries(
    classes.map((of) => {
      const tests = named.filter(({ ids }) => ids.some((id) => id.startsWith(of)));
      const files = [...new Set(tests.map(({ file }) => file))].toSorted();
      return [
        of,
        files.map((file): FileReport => {
          const here = tests.filter((test) => test.file === file);
          const ids = here.flatMap((test) => test.ids.filter((id) => id.startsWith(`${of}-`)));
          const count = (result: Ended["result"]) => here.filter((test) => test.result === result).length;
          const [green, red, skipped] = [count("green"), count("red"), count("skipped")];
          return { file, variants: [...new Set(ids)], green, red, skipped };
        }),
      ];
    }),
  ) as unknown as Record<ClassId, FileReport[]>;
}
