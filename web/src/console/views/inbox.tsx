import {collection, limit, orderBy, query, where} from "firebase/firestore";
import {call} from "../../base/calls";
import {count} from "../../base/format";
import {useConsole} from "../context";
import {useDocument, useList} from "../live";
import {Facts, OrderLink, State, Tabs, When} from "../parts/bits";
import {Loaded} from "../parts/loaded";
import {Table} from "../parts/table";
import {readable} from "../readable";
import {href} from "../route";
import {reasonWords} from "../words";
import {StripeDue} from "./stripe-due";

interface StripeEvent {
  eventId: string;
  type: string;
  status: string;
  attempts: number;
  reason: string | null;
  payload: unknown;
  receivedAt: unknown;
  processedAt: unknown;
  nextAttemptAt: unknown;
}

const TABS: readonly {name: string; label: string; says: string; empty: string}[] = [
  {name: "dead", label: "Dead", says: "Failed eight times; nothing happens with them any more unless somebody replays them.", empty: "No event is dead."},
  {name: "failed", label: "Failed", says: "Wait for another try, by themselves, with doubling pauses.", empty: "No event waits for another try."},
  {name: "pending", label: "Pending", says: "Orders for which Stripe has yet to be asked for something.", empty: ""},
  {name: "refused", label: "Refused", says: "Fit no purchase of ours.", empty: "No event was refused."},
  {name: "processed", label: "Processed", says: "Had their effect.", empty: "No event was processed yet."},
  {name: "ignored", label: "Ignored", says: "Not our business, and recorded all the same.", empty: "No event was ignored."},
];
const MOST = 100;

/** Stripe's inbox: a tab for each status, or one event. */
export default function Inbox({parts}: {parts: readonly string[]}) {
  const [first = "dead"] = parts;
  if (first.startsWith("evt_")) return <EventPage key={first} eventId={first} />;
  const tab = TABS.find(({name}) => name === first) ?? TABS[0];
  if (tab === undefined) return null;
  return (
    <>
      <h1>Stripe inbox</h1>
      <Tabs label="Status" chosen={tab.name} tabs={TABS.map(({name, label}) => ({name, label, link: href("stripe", name)}))} />
      <p class="quiet">{tab.says}</p>
      {tab.name === "pending" ? <StripeDue /> : <Events key={tab.name} status={tab.name} empty={tab.empty} />}
    </>
  );
}

function Events({status, empty}: {status: string; empty: string}) {
  const live = useList<StripeEvent>(`events that are ${status}`, (firestore) =>
    query(collection(firestore, "stripeEvents"), where("status", "==", status), orderBy("receivedAt", "desc"), limit(MOST)));
  return (
    <Loaded live={live} what="the inbox">
      {(found) => (
        <>
          <Table
            label={`Events that are ${status}`} rows={found} keyOf={({$id}) => $id} empty={empty}
            columns={[
              {head: "Event", cell: ({$id}) => <a href={href("stripe", $id)}><code>{$id}</code></a>},
              {head: "Type", cell: ({type}) => type},
              {head: "Received", cell: ({receivedAt}) => <When at={receivedAt} />},
              {head: "Attempts", number: true, cell: ({attempts}) => count(attempts)},
              {head: "Why", cell: ({reason}) => (reason === null || reason === undefined ? "–" : reasonWords(reason))},
              {head: "Next try", cell: ({nextAttemptAt}) => <When at={nextAttemptAt} />},
            ]}
          />
          {found.length === MOST && <p class="quiet">The newest {MOST} are shown.</p>}
        </>
      )}
    </Loaded>
  );
}

function EventPage({eventId}: {eventId: string}) {
  const live = useDocument<StripeEvent>(`stripeEvents/${eventId}`);
  return (
    <>
      <p class="crumb"><a href={href("stripe")}>Stripe inbox</a></p>
      <h1><code class="whole">{eventId}</code></h1>
      <Loaded live={live} what="the event">
        {(event) => (event === null ? <p class="warn">It is not in the inbox: it never came, or went after 90 days.</p> : (
          <>
            <section class="card" aria-label="How it stands">
              <Facts facts={[
                ["Type", event.type], ["Status", <span data-figure="event-status" data-status={event.status}><State state={event.status} /></span>], ["Why", event.reason ?? "–"], ["Attempts", count(event.attempts)],
                ["Received", <When at={event.receivedAt} />], ["Processed", <When at={event.processedAt} />], ["Next try", <When at={event.nextAttemptAt} />],
                ...orderOf(event.payload).map((id): [string, preact.JSX.Element] => ["Order", <OrderLink id={id} />]),
              ]} />
              <Replay event={event} />
            </section>
            <section aria-labelledby="payload">
              <h2 id="payload">Payload</h2>
              <Payload payload={event.payload} />
            </section>
          </>
        ))}
      </Loaded>
    </>
  );
}

function Replay({event}: {event: StripeEvent}) {
  const {ask, functions} = useConsole();
  const replay = () => ask({
    title: "Replay this event?",
    says: "It is tried again now, as if Stripe had just sent it. An event takes effect once, however often it is tried.",
    confirm: "Replay",
    reason: "Reason, for the audit log",
    run: async (reason) => {
      const result = await call<{replayed: boolean; status: string; reason: string | null}>(functions, "replayEvent", {eventId: event.eventId, reason}, {seconds: 60});
      if (!result.replayed) return "It had had its effect before, and was left alone.";
      return `Tried again: ${result.status}${result.reason === null ? "" : `, ${reasonWords(result.reason)}`}.`;
    },
  });
  if (event.status === "processed") return null;
  return <p><button class="button primary" onClick={replay}>Replay …</button></p>;
}

function Payload({payload}: {payload: unknown}) {
  const parsed = readPayload(payload);
  if (parsed === undefined) return <p class="quiet">Not kept: only events that were refused, failed or died keep it, up to a million bytes.</p>;
  return <pre class="payload card" tabIndex={0} aria-label="Payload">{typeof parsed === "string" ? parsed : JSON.stringify(readable(parsed), null, 2)}</pre>;
}

function readPayload(payload: unknown): unknown {
  if (payload === null || payload === undefined) return undefined;
  if (typeof payload !== "string") return payload;
  try {
    return JSON.parse(payload) as unknown;
  } catch {
    return payload;
  }
}

function orderOf(payload: unknown): string[] {
  const event = readPayload(payload) as {data?: {object?: {metadata?: {orderId?: unknown} | null}}} | undefined;
  const found = event?.data?.object?.metadata?.orderId;
  return typeof found === "string" ? [found] : [];
}
