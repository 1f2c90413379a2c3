import {useId, useState} from "preact/hooks";
import {count} from "../../base/format";
import type {Series} from "../figures";
import {Cursor, useWidth} from "./cursor";
import {Frame} from "./frame";
import {Patterns, Swatch} from "./patterns";
import {axisWidth, labelEvery, scale, stack} from "./scale";

const HEIGHT = 190;
const FOOT = 22;
const TOP = 8;
const RIGHT = 26;
const WIDEST = 56;

/** Columns over days or minutes, stacked by series; what is negative hangs below zero. */
export function Columns({figure, title, note, labels, axis, series, format = count, tick = format, labelWidth = 56, empty = "Nothing yet."}: {
  figure: string;
  title: string;
  note?: string;
  /** A name for each place on the axis. */
  labels: readonly string[];
  /** What the places are, such as `Day`. */
  axis: string;
  series: readonly Series[];
  format?: (value: number) => string;
  /** The same, shorter, for the axis. */
  tick?: (value: number) => string;
  labelWidth?: number;
  empty?: string;
}) {
  const [pointed, setPointed] = useState<number | null>(null);
  const {element, width} = useWidth();
  const id = useId();
  const chosen = Math.min(pointed ?? labels.length - 1, labels.length - 1);
  const says = `${labels[chosen] ?? ""}: ${series.map(({name, values}) => `${name} ${format(values[chosen] ?? 0)}`).join(", ")}`;
  const parts = stack(series);
  const inks = series.map(({ink}, index) => ink ?? index);
  const {low, high, ticks} = scale(parts.map(({to}) => to));
  const left = axisWidth(ticks.map(tick));
  const inner = width - left - RIGHT;
  const slot = inner / Math.max(1, labels.length);
  const column = Math.min(WIDEST, Math.max(1, slot - Math.min(4, slot * 0.22)));
  const y = (value: number) => TOP + ((high - value) / (high - low)) * (HEIGHT - TOP);
  const every = labelEvery(labels.length, inner, labelWidth);
  const rows = labels.map((label, place) => [label, ...series.map(({values}) => format(values[place] ?? 0))]);

  return (
    <Frame figure={figure} title={title} {...(note === undefined ? {} : {note})} heads={[axis, ...series.map(({name}) => name)]} rows={rows}>
      <div ref={element}>
        {parts.length === 0 ? <p class="quiet empty">{empty}</p> : (
          <Cursor label={`${title}, ${axis.toLowerCase()}`} places={labels.length} chosen={chosen} says={says} left={left} right={RIGHT} onChoose={setPointed}>
            <svg width={width} height={HEIGHT + FOOT} aria-hidden="true">
              <Patterns id={id} inks={inks} />
              {ticks.map((at) => (
                <g key={at}>
                  <line x1={left} x2={width - RIGHT} y1={y(at)} y2={y(at)} class={at === 0 ? "zero" : "grid"} />
                  <text x={left - 6} y={y(at)} dy=".32em" text-anchor="end">{tick(at)}</text>
                </g>
              ))}
              {pointed !== null && <rect x={left + chosen * slot} y={TOP} width={slot} height={HEIGHT - TOP} class="pointed" />}
              {parts.map(({place, series: index, from, to}) => (
                <rect
                  key={`${place}-${index}`} x={left + (place + 0.5) * slot - column / 2} width={column}
                  y={y(Math.max(from, to))} height={Math.max(1, Math.abs(y(from) - y(to)))} fill={`url(#${id}-${inks[index]})`}
                />
              ))}
              {labels.map((label, place) => (labels.length - 1 - place) % every === 0 && (
                <text key={place} x={left + (place + 0.5) * slot} y={HEIGHT + 16} text-anchor="middle">{label}</text>
              ))}
            </svg>
          </Cursor>
        )}
      </div>
      {parts.length > 0 && (
        <ul class="legend" aria-label={`${title}, ${labels[chosen] ?? ""}`}>
          <li class="place">{labels[chosen]}</li>
          {series.map(({name, values}, index) => <li key={name}><Swatch ink={inks[index] ?? 0} />{name} <strong>{format(values[chosen] ?? 0)}</strong></li>)}
        </ul>
      )}
    </Frame>
  );
}
