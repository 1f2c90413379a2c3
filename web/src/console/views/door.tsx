import {collection, limit, orderBy, query} from "firebase/firestore";
import {clock, count} from "../../base/format";
import {Columns} from "../charts/columns";
import {Ranks} from "../charts/ranks";
import {type Batch, byGate, denials, type Device, deviceState, inside, perMinute, type Scan, totals} from "../door-figures";
import {chosenEvent, type TicketedEvent} from "../events";
import {type Found, useList, useNow} from "../live";
import {Big, Id, State, When} from "../parts/bits";
import {Loaded} from "../parts/loaded";
import {Table} from "../parts/table";
import {href} from "../route";
import {pageOf} from "../timeline";
import {reasonWords} from "../words";
import {Conflicts} from "./door-conflicts";
import {Devices} from "./door-devices";

/** As many documents as one listener takes. */
const MOST = 10_000;
const MINUTES = 60;

/** What happens at an event's doors, as it happens. */
export default function Door({parts}: {parts: readonly string[]}) {
  const events = useList<TicketedEvent>("events", (firestore) => query(collection(firestore, "events"), limit(500)));
  return (
    <Loaded live={events} what="the events">
      {(found) => {
        const event = parts[0] === undefined ? chosenEvent(found, new Date()) : (found.find(({$id}) => $id === parts[0]) ?? null);
        if (event === null) {
          return <><h1>Door</h1><p class="quiet empty">{parts[0] === undefined ? "There is no event yet." : `There is no event ${parts[0]}.`}</p></>;
        }
        return (
          <>
            <div class="row head">
              <h1>{(event as Found<TicketedEvent>).name}</h1>
              <label class="inline">Event
                <select value={event.$id} onChange={(change) => (location.hash = href("door", change.currentTarget.value))}>
                  {found.map(({$id, name}) => <option key={$id} value={$id}>{name}</option>)}
                </select>
              </label>
            </div>
            <About event={event} />
            <Live key={event.$id} eventId={event.$id} />
          </>
        );
      }}
    </Loaded>
  );
}

function About({event}: {event: TicketedEvent}) {
  return (
    <p class="quiet row">
      <State state={event.active ? "active" : "not active"} />
      <span>Doors <When at={event.doorsOpenAt} /> to <When at={event.endsAt} /></span>
      <span>{event.offlineAllowed ? "Devices may admit offline." : "No admissions offline."}</span>
      <span>{event.reentry ? "Guests may come back." : "Who leaves does not come back on the same ticket."}</span>
    </p>
  );
}

function Live({eventId}: {eventId: string}) {
  const now = useNow(5);
  const scans = useList<Scan>(`scans of ${eventId}`, (firestore) => query(collection(firestore, "events", eventId, "scans"), orderBy("at", "desc"), limit(MOST)));
  const batches = useList<Batch>(`tickets of ${eventId}`, (firestore) => query(collection(firestore, "events", eventId, "ragers"), limit(MOST)));
  const devices = useList<Device>(`devices of ${eventId}`, (firestore) => query(collection(firestore, "events", eventId, "devices"), limit(500)));
  const silent = devices.state === "ready" ? devices.value.filter((one) => deviceState(one, now) === "silent").length : 0;
  return (
    <>
      <Loaded live={scans} what="the scans">
        {(found) => <Loaded live={batches} what="the tickets">{(held) => <Numbers scans={found} batches={held} silent={silent} now={now} />}</Loaded>}
      </Loaded>
      <Devices eventId={eventId} devices={devices} now={now} />
      <Conflicts eventId={eventId} />
      <Loaded live={scans} what="the scans">{(found) => <Latest scans={found.slice(0, 25)} />}</Loaded>
    </>
  );
}

function Numbers({scans, batches, silent, now}: {scans: readonly Scan[]; batches: readonly Batch[]; silent: number; now: Date}) {
  const sum = totals(scans);
  const {labels, series} = perMinute(scans, now, MINUTES);
  const tickets = batches.reduce((all, one) => all + one.ticketQuantity, 0);
  const used = batches.reduce((all, one) => all + one.usedCount, 0);
  const capped = scans.length === MOST || batches.length === MOST;
  return (
    <>
      {capped && <p class="warn" role="status">Only the newest {count(MOST)} scans and {count(MOST)} batches of tickets are counted here; there are more.</p>}
      <h2 class="visually-hidden">People and scans</h2>
      <section class="bigs" aria-label="People">
        <Big figure="inside" label="Inside" value={count(inside(batches, scans))} note={`${count(used)} of ${count(tickets)} tickets used`} />
        <Big figure="admitted" label="Went in" value={count(sum.in)} note={`${count(sum.readmitted)} of them came back`} />
        <Big figure="left" label="Went out" value={count(sum.out)} />
        <Big figure="denied" label="Scans denied" value={count(sum.denied)} />
        <Big figure="over-admitted" label="In without a ticket left" value={count(sum.overAdmitted)} note={`${count(sum.forced)} forced in`} />
        <Big figure="offline" label="Scanned offline" value={count(sum.offline)} note={`${count(sum.undone)} taken back`} />
        <Big figure="silent" label="Silent devices" value={count(silent)} alarm={silent > 0} />
      </section>
      <div class="charts">
        <Columns figure="scans-per-minute" title="Scans per minute" note={`The last ${MINUTES} minutes.`} labels={labels.map(clock)} labelWidth={72} axis="Minute" series={series} empty="Nobody was scanned in the last hour." />
        <Ranks figure="denials" title="Denied, by reason" head="Reason" ranks={denials(scans)} empty="Nobody was denied." />
        <section class="card" aria-labelledby="gates">
          <h3 id="gates">Gates</h3>
          <Table
            label="In and out at each gate" rows={byGate(scans)} keyOf={({name}) => name} empty="Nobody was scanned yet."
            columns={[
              {head: "Gate", cell: ({name}) => name},
              {head: "In", number: true, cell: (gate) => count(gate.in)},
              {head: "Out", number: true, cell: (gate) => count(gate.out)},
              {head: "Denied", number: true, cell: (gate) => count(gate.denied)},
            ]}
          />
        </section>
      </div>
    </>
  );
}

function Latest({scans}: {scans: readonly Found<Scan>[]}) {
  return (
    <section aria-labelledby="latest">
      <h2 id="latest">Latest scans</h2>
      <Table
        label="Latest scans" rows={scans} keyOf={({$id}) => $id} empty="Nobody was scanned yet."
        columns={[
          {head: "When", cell: ({at}) => <When at={at} />},
          {head: "Verdict", cell: (scan) => <><State state={scan.result} />{scan.undoneAt ? " taken back" : ""}{scan.forcedReason ? " forced" : ""}</>},
          {head: "People", number: true, cell: (scan) => count(scan.count)},
          {head: "Why", cell: (scan) => scan.forcedReason ?? (scan.reason === null ? "–" : reasonWords(scan.reason))},
          {head: "Gate", cell: ({gate}) => gate ?? "–"},
          {head: "Device", cell: ({device}) => device ?? "–"},
          {head: "How", cell: (scan) => `${scan.source ?? "online"}${scan.conflict ? ", conflict" : ""}`},
          {head: "Scan", cell: ({$id, $path}) => <Id id={$id} link={pageOf($path)} />},
        ]}
      />
    </section>
  );
}
