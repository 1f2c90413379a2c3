import {count} from "../../base/format";
import type {Rank} from "../figures";
import {reasonWords} from "../words";
import {Frame} from "./frame";

/** Bars by length, the longest first; each says its own number, so there is no axis. */
export function Ranks({figure, title, note, head, ranks, empty}: {figure: string; title: string; note?: string; head: string; ranks: readonly Rank[]; empty: string}) {
  const most = Math.max(1, ...ranks.map(({value}) => value));
  return (
    <Frame figure={figure} title={title} {...(note === undefined ? {} : {note})} heads={[head, "count"]} rows={ranks.map(({name, value}) => [reasonWords(name), count(value)])}>
      {ranks.length === 0 ? <p class="quiet empty">{empty}</p> : (
        <ol class="ranks">
          {ranks.map(({name, value}) => (
            <li key={name} data-rank={name} title={name}>
              <span>{reasonWords(name)}</span>
              <strong>{count(value)}</strong>
              <svg width="100%" height="10" preserveAspectRatio="none" viewBox="0 0 100 10" aria-hidden="true">
                <rect width="100" height="10" rx="1" class="track" />
                <rect width={(value / most) * 100} height="10" rx="1" class="ink ink-1" />
              </svg>
            </li>
          ))}
        </ol>
      )}
    </Frame>
  );
}
