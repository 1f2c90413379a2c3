/** The course of a number, small and without axes: an ornament beside the number itself. */
export function Sparkline({values}: {values: readonly number[]}) {
  const high = Math.max(1, ...values);
  const step = 100 / Math.max(1, values.length - 1);
  const line = values.map((value, index) => `${index === 0 ? "M" : "L"}${(index * step).toFixed(1)} ${(26 - (value / high) * 24).toFixed(1)}`).join(" ");
  return (
    <svg class="sparkline" viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true">
      <path d={`${line} L100 28 L0 28 Z`} class="area" />
      <path d={line} class="line" vector-effect="non-scaling-stroke" />
    </svg>
  );
}
