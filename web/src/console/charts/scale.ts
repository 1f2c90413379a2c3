// Axes: round numbers that span the values.

export interface Scale {
  low: number;
  high: number;
  ticks: readonly number[];
}

const STEPS = [1, 2, 2.5, 5, 10];

/**
 * The round numbers of an axis that spans all values and zero.
 *
 * @param least the least that a step may be, such as 1 for what comes whole.
 */
export function scale(values: readonly number[], {most = 4, least = 1}: {most?: number; least?: number} = {}): Scale {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const step = roundStep(Math.max(high - low, least) / most, least);
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  const ticks = Array.from({length: last - first + 1}, (_, index) => (first + index) * step);
  return {low: first * step, high: last * step, ticks};
}

/** Every how many places on an axis there is room for a label. */
export function labelEvery(places: number, width: number, labelWidth: number): number {
  return Math.max(1, Math.ceil((places * labelWidth) / Math.max(width, 1)));
}

/** How much room an axis needs for its labels, in CSS pixels. */
export function axisWidth(labels: readonly string[]): number {
  return 14 + 6.4 * Math.max(1, ...labels.map(({length}) => length));
}

function roundStep(rough: number, least: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const round = STEPS.map((each) => each * power).find((each) => each >= rough && (least < 1 || Number.isInteger(each))) ?? 10 * power;
  return Math.max(round, least);
}

export interface Stacked {
  /** The place on the axis, and the series. */
  place: number;
  series: number;
  from: number;
  to: number;
}

/** Stacks the series at each place: what is positive upwards from zero, what is negative downwards. */
export function stack(series: readonly {values: readonly number[]}[]): Stacked[] {
  const places = Math.max(0, ...series.map(({values}) => values.length));
  const parts: Stacked[] = [];
  for (let place = 0; place < places; place++) {
    let [up, down] = [0, 0];
    for (const [index, {values}] of series.entries()) {
      const value = values[place] ?? 0;
      if (value === 0) continue;
      const from = value > 0 ? up : down;
      const to = from + value;
      if (value > 0) up = to;
      else down = to;
      parts.push({place, series: index, from, to});
    }
  }
  return parts;
}
