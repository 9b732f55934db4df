import type { ComponentChildren } from "preact";
import "./facts.css";

export type Fact = readonly [name: string, value: ComponentChildren];

/** What is known, name beside value. Rows without a value are left out. */
export function Facts({
  rows,
  id,
}: {
  readonly rows: readonly (Fact | false | null | undefined)[];
  readonly id?: string;
}) {
  const shown = rows.filter((row): row is Fact => Boolean(row));
  return (
    <dl class="facts" {...(id === undefined ? {} : { id })}>
      {shown.map(([name, value]) => (
        <div key={name} class="fact">
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
