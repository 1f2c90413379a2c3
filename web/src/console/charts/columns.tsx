import {useId, useState} from "preact/hooks";
import {count} from "../../base/format";
import type {Series} from "../figures";
import {Cursor, useWidth} from "./cursor";
import {Frame} from "./frame";
import {Patterns, Swatch} from "./patterns";
import {labelEvery, scale, stack} from "./scale";

const HEIGHT = 190;
const FOOT = 22;
const TOP = 8;
const LEFT = 52;
const RIGHT = 6;

/** Columns over days or minutes, stacked by series; what is negative hangs below zero. */
export function Columns({figure, title, note, labels, axis, series, format = count, labelWidth = 52, empty = "Nothing yet."}: {
  figure: string;
  title: string;
  note?: string;
  /** A name for each place on the axis. */
  labels: readonly string[];
  /** What the places are, such as `Day`. */
  axis: string;
  series: readonly Series[];
  format?: (value: number) => string;
  labelWidth?: number;
  empty?: string;
}) {
  const [pointed, setPointed] = useState<number | null>(null);
  const {element, width} = useWidth();
  const id = useId();
  const chosen = Math.min(pointed ?? labels.length - 1, labels.length - 1);
  const says = `${labels[chosen] ?? ""}: ${series.map(({name, values}) => `${name} ${format(values[chosen] ?? 0)}`).join(", ")}`;
  const parts = stack(series);
  const {low, high, ticks} = scale(parts.map(({to}) => to));
  const inner = width - LEFT - RIGHT;
  const slot = inner / Math.max(1, labels.length);
  const gap = Math.min(4, slot * 0.22);
  const y = (value: number) => TOP + ((high - value) / (high - low)) * (HEIGHT - TOP);
  const every = labelEvery(labels.length, inner, labelWidth);
  const rows = labels.map((label, place) => [label, ...series.map(({values}) => format(values[place] ?? 0))]);

  return (
    <Frame figure={figure} title={title} {...(note === undefined ? {} : {note})} heads={[axis, ...series.map(({name}) => name)]} rows={rows}>
      <div ref={element}>
        {parts.length === 0 ? <p class="quiet empty">{empty}</p> : (
          <Cursor label={`${title}, ${axis.toLowerCase()}`} places={labels.length} chosen={chosen} says={says} left={LEFT} right={RIGHT} onChoose={setPointed}>
            <svg width={width} height={HEIGHT + FOOT} aria-hidden="true">
              <Patterns id={id} count={series.length} />
              {ticks.map((tick) => (
                <g key={tick}>
                  <line x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} class={tick === 0 ? "zero" : "grid"} />
                  <text x={LEFT - 6} y={y(tick)} dy=".32em" text-anchor="end">{format(tick)}</text>
                </g>
              ))}
              {pointed !== null && <rect x={LEFT + chosen * slot} y={TOP} width={slot} height={HEIGHT - TOP} class="pointed" />}
              {parts.map(({place, series: index, from, to}) => (
                <rect
                  key={`${place}-${index}`} x={LEFT + place * slot + gap / 2} width={Math.max(1, slot - gap)}
                  y={y(Math.max(from, to))} height={Math.max(1, Math.abs(y(from) - y(to)))} fill={`url(#${id}-${index})`}
                />
              ))}
              {labels.map((label, place) => (labels.length - 1 - place) % every === 0 && (
                <text key={place} x={LEFT + (place + 0.5) * slot} y={HEIGHT + 16} text-anchor={place === labels.length - 1 && every > 1 ? "end" : "middle"} dx={place === labels.length - 1 && every > 1 ? slot / 2 : 0}>{label}</text>
              ))}
            </svg>
          </Cursor>
        )}
      </div>
      {parts.length > 0 && (
        <ul class="legend" aria-label={`${title}, ${labels[chosen] ?? ""}`}>
          <li class="place">{labels[chosen]}</li>
          {series.map(({name, values}, index) => <li key={name}><Swatch index={index} />{name} <strong>{format(values[chosen] ?? 0)}</strong></li>)}
        </ul>
      )}
    </Frame>
  );
}
