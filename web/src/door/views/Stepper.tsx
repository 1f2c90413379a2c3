import {useState} from "preact/hooks";
import {count as number} from "../../base/format";
import type {Direction} from "../model";

/** How many more of a party go through. */
export function Stepper(props: {most: number; direction: Direction; onTouch: () => void; onGo: (count: number) => void}) {
  const {most, direction, onTouch, onGo} = props;
  const [count, setCount] = useState(most);

  function step(by: number) {
    onTouch();
    setCount(Math.max(1, Math.min(most, count + by)));
  }

  return (
    <div class="stepper" role="group" aria-label="More of the party">
      <button type="button" class="button" aria-label="One fewer" disabled={count <= 1} onClick={() => step(-1)}>−</button>
      <button type="button" class="button go" onClick={() => onGo(count)}>
        {direction === "in" ? "Admit" : "Let out"} {number(count)} more
      </button>
      <button type="button" class="button" aria-label="One more" disabled={count >= most} onClick={() => step(1)}>+</button>
    </div>
  );
}
