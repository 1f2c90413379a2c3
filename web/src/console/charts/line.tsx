import {useState} from "preact/hooks";
import {count} from "../../base/format";
import type {Series} from "../figures";
import {Cursor, useWidth} from "./cursor";
import {Frame} from "./frame";
import {axisWidth, labelEvery, scale} from "./scale";

const HEIGHT = 190;
const FOOT = 22;
const TOP = 10;
const RIGHT = 26;

/** One line over days or minutes, with what is below it tinted. */
export function Line({figure, title, note, labels, axis, series, format = count, labelWidth = 56}: {
  figure: string;
  title: string;
  note?: string;
  labels: readonly string[];
  axis: string;
  series: Series;
  format?: (value: number) => string;
  labelWidth?: number;
}) {
  const [pointed, setPointed] = useState<number | null>(null);
  const {element, width} = useWidth();
  const {values} = series;
  const chosen = Math.min(pointed ?? labels.length - 1, labels.length - 1);
  const {low, high, ticks} = scale(values);
  const left = axisWidth(ticks.map(format));
  const inner = width - left - RIGHT;
  const slot = inner / Math.max(1, labels.length);
  const x = (place: number) => left + (place + 0.5) * slot;
  const y = (value: number) => TOP + ((high - value) / (high - low)) * (HEIGHT - TOP);
  const line = values.map((value, place) => `${place === 0 ? "M" : "L"}${x(place).toFixed(1)} ${y(value).toFixed(1)}`).join(" ");
  const every = labelEvery(labels.length, inner, labelWidth);
  const rows = labels.map((label, place) => [label, format(values[place] ?? 0)]);

  return (
    <Frame figure={figure} title={title} {...(note === undefined ? {} : {note})} heads={[axis, series.name]} rows={rows}>
      <div ref={element}>
        <Cursor label={`${title}, ${axis.toLowerCase()}`} places={labels.length} chosen={chosen} says={`${labels[chosen] ?? ""}: ${format(values[chosen] ?? 0)}`} left={left} right={RIGHT} onChoose={setPointed}>
          <svg width={width} height={HEIGHT + FOOT} aria-hidden="true">
            {ticks.map((tick) => (
              <g key={tick}>
                <line x1={left} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} class={tick === 0 ? "zero" : "grid"} />
                <text x={left - 6} y={y(tick)} dy=".32em" text-anchor="end">{format(tick)}</text>
              </g>
            ))}
            <path d={`${line} L${x(values.length - 1)} ${y(0)} L${x(0)} ${y(0)} Z`} class="area" />
            <path d={line} class="line" />
            <line x1={x(chosen)} x2={x(chosen)} y1={TOP} y2={HEIGHT} class={pointed === null ? "grid" : "zero"} />
            <circle cx={x(chosen)} cy={y(values[chosen] ?? 0)} r="4" class="ink ink-0" />
            {labels.map((label, place) => (labels.length - 1 - place) % every === 0 && (
              <text key={place} x={x(place)} y={HEIGHT + 16} text-anchor="middle">{label}</text>
            ))}
          </svg>
        </Cursor>
      </div>
      <ul class="legend" aria-label={`${title}, ${labels[chosen] ?? ""}`}>
        <li class="place">{labels[chosen]}</li>
        <li>{series.name} <strong>{format(values[chosen] ?? 0)}</strong></li>
      </ul>
    </Frame>
  );
}
