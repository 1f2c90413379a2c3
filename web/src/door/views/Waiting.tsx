import {useState} from "preact/hooks";
import {count as number} from "../../base/format";
import type {Door, View} from "../door";
import {reason, when} from "../words";
import type {KeptScan} from "../model";

/** The scans that the till does not have, or disagrees with. None goes without somebody looking. */
export function Waiting({door, view, level: Heading}: {door: Door; view: View; level: "h2" | "h3"}) {
  const {queued, parked, conflicts} = view.counts;
  const [said, setSaid] = useState("");
  if (queued + parked + conflicts === 0) return <p class="quiet">Every scan is with the till.</p>;
  const kept = [...door.queue.in("parked"), ...door.queue.in("queued")];

  return (
    <section class="card stack" aria-labelledby="waiting">
      <Heading id="waiting">Scans on this device</Heading>
      {queued > 0 && <p>{number(queued)} {queued === 1 ? "waits" : "wait"} for upload. They are safe here, also if the phone restarts.</p>}
      {parked > 0 && (
        <>
          <p class="warn">{number(parked)} {parked === 1 ? "was" : "were"} refused and parked:</p>
          <List scans={door.queue.in("parked")} state="parked" />
          {view.phase === "ready" && (
            <button type="button" class="button" onClick={() => void door.retryParked()}>Send parked scans again</button>
          )}
        </>
      )}
      {conflicts > 0 && (
        <>
          <p class="warn">{number(conflicts)} {conflicts === 1 ? "contradicts" : "contradict"} the till's books:</p>
          <List scans={door.queue.in("conflict")} state="conflict" />
          <button type="button" class="button" onClick={() => void door.queue.seen()}>I have seen them</button>
        </>
      )}
      {kept.length > 0 && (
        <div class="row even">
          <button type="button" class="button" onClick={() => void copy(kept).then(setSaid)}>Copy as text</button>
          <button type="button" class="button" onClick={() => save(kept)}>Save as file</button>
        </div>
      )}
      <p role="status" class="quiet">{said}</p>
    </section>
  );
}

function List({scans, state}: {scans: KeptScan[]; state: string}) {
  return (
    <ul class="plain scans" data-scans={state}>
      {scans.map((scan) => (
        <li key={scan.scanId}>
          <span>{when(scan.scannedAt, new Date())}, {scan.gate}, {number(scan.count)} {scan.direction}</span>
          <span class="quiet">{scan.note === null ? "" : reason(scan.note)}</span>
        </li>
      ))}
    </ul>
  );
}

async function copy(scans: KeptScan[]): Promise<string> {
  try {
    await navigator.clipboard.writeText(JSON.stringify(scans, null, 2));
    return "Copied.";
  } catch {
    return "The browser does not allow copying. Save them as a file.";
  }
}

function save(scans: KeptScan[]): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(scans, null, 2)], {type: "application/json"}));
  const link = document.createElement("a");
  link.href = url;
  link.download = `scans-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.json`;
  link.click();
  URL.revokeObjectURL(url);
}
