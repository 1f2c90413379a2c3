import {useState} from "preact/hooks";
import {call} from "../../base/calls";
import {count} from "../../base/format";
import {useConsole} from "../context";
import {problemWords} from "../words";

interface Inventory {
  expected: number;
  actual: number;
  drift: number;
  reserved: number;
  reservedExpected: number;
  reservedDrift: number;
  settled: boolean;
}

/** Counts an item's stock when asked; it reads every ticket and open order, so not by itself. */
export function Drift({input, name}: {input: {eventId: string} | {productId: string}; name: string}) {
  const {functions} = useConsole();
  const [found, setFound] = useState<Inventory | string | "busy" | null>(null);
  async function check() {
    setFound("busy");
    try {
      setFound(await call<Inventory>(functions, "checkInventory", input, {seconds: 60}));
    } catch (error) {
      setFound(problemWords(error));
    }
  }
  return (
    <div class="drift" aria-live="polite">
      <button class="button small" disabled={found === "busy"} onClick={check} aria-label={`Count the stock of ${name}`}>{found === "busy" ? "Counting …" : "Count the stock"}</button>
      {typeof found === "string" && found !== "busy" && <span class="problem">{found}</span>}
      {found !== null && typeof found === "object" && <Result found={found} />}
    </div>
  );
}

function Result({found}: {found: Inventory}) {
  if (found.drift === 0 && found.reservedDrift === 0) return <span class="good" data-figure="drift" data-drift="0">✓ No drift{found.settled ? "" : " seen, though sales went on meanwhile"}.</span>;
  return (
    <span class={found.settled ? "problem" : "warn"} data-figure="drift" data-drift={found.drift}>
      ✕ {count(found.expected)} expected, {count(found.actual)} there: drift {count(found.drift)}; held {count(found.reserved)}, orders say {count(found.reservedExpected)}: drift {count(found.reservedDrift)}.
      {!found.settled && " Sales went on meanwhile, so this proves nothing: count again."}
    </span>
  );
}
