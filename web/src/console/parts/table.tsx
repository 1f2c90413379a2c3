import type {ComponentChildren} from "preact";

export interface Column<T> {
  head: string;
  cell: (row: T) => ComponentChildren;
  /** Numbers stand to the right, so that their digits line up. */
  number?: boolean;
  /** Prose, which needs room before it wraps. */
  wide?: boolean;
}

/** A table that scrolls within itself where it is too wide. */
export function Table<T>({label, columns, rows, keyOf, empty, rowClass}: {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string;
  /** What to say when there are no rows. */
  empty: string;
  rowClass?: (row: T) => string | undefined;
}) {
  if (rows.length === 0) return <p class="quiet empty">{empty}</p>;
  return (
    <div class="scroll" role="region" aria-label={`${label}, table`} tabIndex={0}>
      <table>
        <caption class="visually-hidden">{label}</caption>
        <thead><tr>{columns.map(({head, number}) => <th key={head} scope="col" class={number ? "number" : undefined}>{head}</th>)}</tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} data-row={keyOf(row)} class={rowClass?.(row)}>
              {columns.map(({head, cell, number, wide}) => <td key={head} class={number ? "number" : wide ? "wide" : undefined}>{cell(row)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
