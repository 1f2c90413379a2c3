import {collection, limit, orderBy, query, where} from "firebase/firestore";
import {useState} from "preact/hooks";
import {clock, count} from "../../base/format";
import {Columns} from "../charts/columns";
import {Ranks} from "../charts/ranks";
import {byGate, denials, perMinute, type Scan, totals} from "../door-figures";
import {chosenEvent, type TicketedEvent} from "../events";
import {useList, useNow} from "../live";
import {Big} from "../parts/bits";
import {Loaded} from "../parts/loaded";
import {href} from "../route";

const MINUTES = 60;
const MOST = 5_000;
const STEP_MS = 15 * 60_000;

/** The last hour at the doors of the event that is on. */
export function DoorsNow() {
  const events = useList<TicketedEvent>("events", (firestore) => query(collection(firestore, "events"), limit(200)));
  return (
    <section aria-labelledby="doors-now">
      <h2 id="doors-now">At the doors</h2>
      <Loaded live={events} what="the events">{(found) => <Doors events={found} />}</Loaded>
    </section>
  );
}

function Doors({events}: {events: readonly (TicketedEvent & {$id: string})[]}) {
  const [picked, setPicked] = useState<string | null>(null);
  const now = useNow(5);
  const event = events.find(({$id}) => $id === picked) ?? chosenEvent(events, now);
  if (event === null) return <p class="quiet empty">There is no event yet.</p>;
  return (
    <>
      <p class="row">
        <label class="inline">Event
          <select value={event.$id} onChange={(change) => setPicked(change.currentTarget.value)}>
            {events.map(({$id, name}) => <option key={$id} value={$id}>{name}</option>)}
          </select>
        </label>
        <a href={href("door", event.$id)}>The whole door of {event.name}</a>
      </p>
      <LastHour key={event.$id} eventId={event.$id} now={now} />
    </>
  );
}

function LastHour({eventId, now}: {eventId: string; now: Date}) {
  // The listener begins at a quarter of an hour, so that time passing does not ask anew each minute.
  const since = new Date(Math.floor(now.getTime() / STEP_MS) * STEP_MS - MINUTES * 60_000);
  const scans = useList<Scan>(`scans of ${eventId} since ${since.toISOString()}`, (firestore) =>
    query(collection(firestore, "events", eventId, "scans"), where("at", ">=", since), orderBy("at", "desc"), limit(MOST)));
  return (
    <Loaded live={scans} what="the scans">
      {(found) => {
        const {labels, series} = perMinute(found, now, MINUTES);
        const recent = found.filter(({at}) => at.seconds * 1000 > now.getTime() - MINUTES * 60_000);
        const sum = totals(recent);
        return (
          <div class="charts">
            <Columns figure="scans-per-minute" title="Scans per minute" note={`The last ${MINUTES} minutes.`} labels={labels.map(clock)} labelWidth={72} axis="Minute" series={series} empty="Nobody was scanned in the last hour." />
            <Ranks figure="denials-hour" title="Denied in the last hour" head="Reason" ranks={denials(recent)} empty="Nobody was denied." />
            <div class="bigs">
              <Big figure="hour-in" label="Went in, last hour" value={count(sum.in)} />
              <Big figure="hour-out" label="Went out, last hour" value={count(sum.out)} />
              <Big figure="hour-denied" label="Denied, last hour" value={count(sum.denied)} note={byGate(recent).map(({name, denied}) => `${name} ${count(denied)}`).join(" · ")} />
            </div>
          </div>
        );
      }}
    </Loaded>
  );
}
