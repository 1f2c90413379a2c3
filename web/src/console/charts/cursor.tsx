import type {ComponentChildren} from "preact";
import {useLayoutEffect, useRef, useState} from "preact/hooks";

/** How wide an element is, in CSS pixels, as it changes. */
export function useWidth() {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(320);
  useLayoutEffect(() => {
    const found = element.current;
    if (found === null) return;
    const measure = () => setWidth(Math.max(200, Math.round(found.clientWidth)));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(found);
    return () => observer.disconnect();
  }, []);
  return {element, width};
}

/**
 * Points at one place of a plot's axis: by mouse, finger, or the arrow keys.
 *
 * It is a slider to screen readers, which say the place's values as it moves.
 */
export function Cursor({label, places, chosen, says, left, right, onChoose, children}: {
  label: string;
  places: number;
  chosen: number;
  /** The values at the chosen place, in words. */
  says: string;
  /** Where the plot's own area begins and ends, in CSS pixels from either side. */
  left: number;
  right: number;
  onChoose: (place: number | null) => void;
  children: ComponentChildren;
}) {
  function point(event: PointerEvent) {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const share = (event.clientX - box.left - left) / Math.max(1, box.width - left - right);
    onChoose(within(Math.floor(share * places), places));
  }
  function key(event: KeyboardEvent) {
    const to = {ArrowLeft: chosen - 1, ArrowDown: chosen - 1, ArrowRight: chosen + 1, ArrowUp: chosen + 1, Home: 0, End: places - 1}[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onChoose(within(to, places));
  }
  return (
    <div
      class="cursor" role="slider" tabIndex={0} aria-label={label} aria-valuemin={0} aria-valuemax={Math.max(0, places - 1)}
      aria-valuenow={chosen} aria-valuetext={says} onPointerMove={point} onPointerDown={point}
      onPointerLeave={(event) => event.pointerType === "mouse" && onChoose(null)} onKeyDown={key} onBlur={() => onChoose(null)}
    >
      {children}
    </div>
  );
}

function within(place: number, places: number): number {
  return Math.min(places - 1, Math.max(0, place));
}
