import {collection, limit, orderBy, query} from "firebase/firestore";
import {call} from "../../base/calls";
import {count} from "../../base/format";
import {useConsole} from "../context";
import {type Found, useList} from "../live";
import {When} from "../parts/bits";
import {Loaded} from "../parts/loaded";
import {Table} from "../parts/table";
import {reasonWords} from "../words";

interface Side {
  scanId: string;
  device: string | null;
  gate: string | null;
  at: unknown;
}

interface Conflict {
  scanId: string;
  ragerId: string | null;
  reason: string;
  this: Side;
  other: Side | null;
  revocation: {reason: string; at: unknown} | null;
  count: number;
  overAdmitted: number;
  createdAt: unknown;
  resolvedAt: unknown;
  resolvedBy?: string | null;
  note?: string | null;
}

const MOST = 200;

/** Scans that contradict what the till knows, those that nobody has looked at first. */
export function Conflicts({eventId}: {eventId: string}) {
  const live = useList<Conflict>(`conflicts of ${eventId}`, (firestore) => query(collection(firestore, "events", eventId, "conflicts"), orderBy("createdAt", "desc"), limit(MOST)));
  return (
    <section aria-labelledby="conflicts">
      <Loaded live={live} what="the conflicts">
        {(found) => {
          const open = found.filter(({resolvedAt}) => !resolvedAt);
          return (
            <>
              <h2 id="conflicts">Conflicts <span class="badge" data-figure="open-conflicts">{count(open.length)}</span> open</h2>
              <Table
                label="Conflicts" rows={[...open, ...found.filter(({resolvedAt}) => resolvedAt)]} keyOf={({$id}) => $id}
                empty="Nothing contradicts anything." rowClass={({resolvedAt}) => (resolvedAt ? "over" : undefined)}
                columns={[
                  {head: "Recorded", cell: ({createdAt}) => <When at={createdAt} />},
                  {head: "What", wide: true, cell: (conflict) => <strong>{reasonWords(conflict.reason)}</strong>},
                  {head: "People", number: true, cell: (conflict) => `${count(conflict.count)}${conflict.overAdmitted > 0 ? `, ${count(conflict.overAdmitted)} without a ticket` : ""}`},
                  {head: "This scan", wide: true, cell: (conflict) => <Where side={conflict.this} />},
                  {head: "Contradicts", wide: true, cell: (conflict) => (conflict.other ? <Where side={conflict.other} /> : conflict.revocation ? <>{reasonWords(conflict.revocation.reason)} <When at={conflict.revocation.at} /></> : "–")},
                  {head: "Resolve", cell: (conflict) => (conflict.resolvedAt ? <span class="quiet">{conflict.note} (<When at={conflict.resolvedAt} />)</span> : <Resolve eventId={eventId} conflict={conflict} />)},
                ]}
              />
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

function Where({side}: {side: Side}) {
  return <>{side.device ?? "somebody"}{side.gate ? ` at ${side.gate}` : ""}, <When at={side.at} /></>;
}

function Resolve({eventId, conflict}: {eventId: string; conflict: Found<Conflict>}) {
  const {ask, functions} = useConsole();
  const resolve = () => ask({
    title: "Close this conflict?",
    says: "Notes that you have looked at it. Tickets and scans stay as they are.",
    confirm: "Close the conflict",
    reason: "What came of looking at it",
    run: async (note) => {
      await call(functions, "resolveConflict", {eventId, scanId: conflict.scanId, note});
      return "The conflict is closed.";
    },
  });
  return <button class="button small" onClick={resolve}>Resolve …</button>;
}
