import type { ComponentChildren } from "preact";
import "./table.css";

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ComponentChildren;
  readonly kind?: "number" | "mono" | "wide";
}

interface TableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly isChosen?: (row: Row) => boolean;
  /** Stands where the rows would be. */
  readonly empty: ComponentChildren;
  readonly bodyId?: string;
}

/** Rows of facts. Too wide a one moves sideways in its own frame, by keyboard as well. */
export function Table<Row>({ caption, columns, rows, keyOf, isChosen, empty, bodyId }: TableProps<Row>) {
  if (rows.length === 0) return <p class="quiet">{empty}</p>;
  return (
    // biome-ignore lint/a11y/useSemanticElements: no landmark, and no fieldset: a part of the section that names it
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what moves sideways must move by keyboard
    <div class="table-frame" role="group" tabIndex={0} aria-label={caption}>
      <table class="table">
        <thead>
          <tr>
            {columns.map(({ name, kind }) => (
              <th key={name} scope="col" class={kind === "number" ? kind : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody {...(bodyId === undefined ? {} : { id: bodyId })}>
          {rows.map((row) => (
            <tr key={keyOf(row)} class={isChosen?.(row) ? "chosen" : undefined}>
              {columns.map(({ name, kind, cell }) => (
                <td key={name} class={kind}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
