import {useState} from "preact/hooks";
import {count as number} from "../../base/format";
import type {Door, View} from "../door";
import type {KeptScan} from "../model";
import {fromRefusal} from "../verdict";
import {headline, STATES, when} from "../words";
import {Reason} from "./Reason";

const SHOWN = 20;

/** The last scans of this device; a supervisor takes one back here. */
export function Scans({door, view}: {door: Door; view: View}) {
  const [undoing, setUndoing] = useState<string | null>(null);
  const recent = door.queue.recent(SHOWN);
  const isSupervisor = view.device?.role === "supervisor" && view.phase === "ready";
  if (recent.length === 0) return null;
  return (
    <section class="card stack" aria-labelledby="recent">
      <h3 id="recent">Last scans</h3>
      <ul class="plain scans" data-scans="recent">
        {recent.map((scan) => (
          <li key={scan.scanId}>
            <span>{when(scan.scannedAt, new Date())}, {what(scan)}</span>
            <span class="quiet">{scan.offline ? "offline, " : ""}{STATES[scan.state]}</span>
            {isSupervisor && isUndoable(scan) && undoing !== scan.scanId && (
              <button type="button" class="button" onClick={() => setUndoing(scan.scanId)}>Undo</button>
            )}
            {undoing === scan.scanId && (
              <Reason
                label="Why take it back?"
                action="Take back"
                onCancel={() => setUndoing(null)}
                onDone={async (why) => {
                  await door.undo(scan.eventId, scan.scanId, why);
                  setUndoing(null);
                }}
              />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function isUndoable({verdict, state}: KeptScan): boolean {
  return verdict === "admitted" && (state === "recorded" || state === "conflict");
}

function what({verdict, direction, count, forcedReason, reason, code}: KeptScan): string {
  if (verdict === "denied") return headline(fromRefusal(reason ?? "", {}, count, code ?? ""));
  if (forcedReason !== null) return `${number(count)} let in: ${forcedReason}`;
  return `${number(count)} ${direction}`;
}
