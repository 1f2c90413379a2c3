import type {ComponentChildren} from "preact";
import type {Live} from "../live";

/** Shows what was read, or that it is on its way, or what went wrong. */
export function Loaded<T>({live, what, children}: {live: Live<T>; what: string; children: (value: T) => ComponentChildren}) {
  if (live.state === "loading") return <p class="quiet" role="status">Loading {what} …</p>;
  if (live.state === "error") return <p class="problem" role="alert">{what}: {live.problem}</p>;
  return <>{children(live.value)}</>;
}

/** What was read so far, for sums that begin with nothing. */
export function orEmpty<T>(live: Live<T[]>): readonly T[] {
  return live.state === "ready" ? live.value : [];
}
