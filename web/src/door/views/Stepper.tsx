import {useState} from "preact/hooks";

interface Wish {
  /** What is counted, for who hears it. */
  label: string;
  /** How many there may be, and how many it begins with. */
  most: number;
  first: number;
  /** What the button does, with so many. */
  words: (count: number) => string;
  primary?: boolean;
  /** Somebody is busy with it. */
  onTouch?: () => void;
  onGo: (count: number) => void;
}

/** Chooses how many go through. */
export function Stepper({label, most, first, words, primary = false, onTouch, onGo}: Wish) {
  const [count, setCount] = useState(first);

  function step(by: number) {
    onTouch?.();
    setCount(Math.max(1, Math.min(most, count + by)));
  }

  return (
    <div class="stepper" role="group" aria-label={label}>
      <button type="button" class="button" aria-label="One fewer" disabled={count <= 1} onClick={() => step(-1)}>−</button>
      <button type="button" class={`button ${primary ? "primary " : ""}go`} onClick={() => onGo(count)}>{words(count)}</button>
      <button type="button" class="button" aria-label="One more" disabled={count >= most} onClick={() => step(1)}>+</button>
    </div>
  );
}
