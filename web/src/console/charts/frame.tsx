import type {ComponentChildren} from "preact";
import {useId, useState} from "preact/hooks";

/** A plot's surroundings: its title, what it says in words, and the same as a table. */
export function Frame({figure, title, note, heads, rows, children}: {
  /** Names the plot for tests. */
  figure: string;
  title: string;
  note?: string;
  heads: readonly string[];
  rows: readonly (readonly string[])[];
  children: ComponentChildren;
}) {
  const [asTable, setAsTable] = useState(false);
  const heading = useId();
  return (
    <figure class="chart card" aria-labelledby={heading} data-chart={figure}>
      <figcaption>
        <div>
          <h3 id={heading}>{title}</h3>
          {note !== undefined && <p class="quiet note">{note}</p>}
        </div>
        <button class="button small" aria-pressed={asTable} aria-label={`${title} as a table`} onClick={() => setAsTable(!asTable)}>Table</button>
      </figcaption>
      {asTable ? <Figures title={title} heads={heads} rows={rows} /> : children}
    </figure>
  );
}

function Figures({title, heads, rows}: {title: string; heads: readonly string[]; rows: readonly (readonly string[])[]}) {
  return (
    <div class="scroll figures" role="region" aria-label={`${title}, table`} tabIndex={0}>
      <table>
        <thead><tr>{heads.map((head, index) => <th key={head} scope="col" class={index > 0 ? "number" : undefined}>{head}</th>)}</tr></thead>
        <tbody>
          {rows.map(([name, ...values]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {values.map((value, index) => <td key={index} class="number">{value}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
