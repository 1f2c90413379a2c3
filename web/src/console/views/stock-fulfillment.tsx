import {useState} from "preact/hooks";
import {call} from "../../base/calls";
import {count, money} from "../../base/format";
import {useConsole} from "../context";
import {Id, OrderLink, State, UserLink, When} from "../parts/bits";
import {Table} from "../parts/table";
import {href} from "../route";
import {problemWords, reasonWords} from "../words";

interface Unhanded {
  orderId: string;
  userId: string;
  paymentIntentId: string;
  amount: number;
  currency: string;
  orderStatus: string | null;
  since: string;
}

interface Unpaid {
  eventId: string;
  ragerId: string;
  userId: string;
  orderId: string | null;
  quantity: number;
  why: string;
}

interface Found {
  paidWithoutTicket: Unhanded[];
  ticketWithoutPayment: Unpaid[];
  cursor?: string | null;
}

/** Pages of one check; the rest is asked for with another press. */
const MOST_PAGES = 20;

/** Holds payments against tickets, both ways, when asked. */
export function Fulfillment() {
  const {functions} = useConsole();
  const [found, setFound] = useState<(Found & {at: Date}) | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function check() {
    setBusy(true);
    setProblem(null);
    try {
      const all: Found = {paidWithoutTicket: [], ticketWithoutPayment: [], cursor: null};
      for (let pages = 0; pages < MOST_PAGES; pages++) {
        const page = await call<Found>(functions, "checkFulfillment", all.cursor ? {cursor: all.cursor} : {}, {seconds: 60});
        all.paidWithoutTicket.push(...page.paidWithoutTicket);
        all.ticketWithoutPayment.push(...page.ticketWithoutPayment);
        all.cursor = page.cursor ?? null;
        if (all.cursor === null) break;
      }
      setFound({...all, at: new Date()});
    } catch (error) {
      setProblem(problemWords(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <section aria-labelledby="fulfillment">
      <div class="row head">
        <h2 id="fulfillment">Payments and tickets</h2>
        <button class="button" disabled={busy} onClick={check}>{busy ? "Comparing …" : "Compare payments and tickets"}</button>
      </div>
      {problem !== null && <p class="problem" role="alert">{problem}</p>}
      {found === null ? <p class="quiet empty">Finds what was paid and never handed over, and tickets that no payment stands behind.</p> : (
        <div aria-live="polite">
          <p class="quiet">Compared <When at={found.at.toISOString()} />.{found.cursor ? " There was more than one check looks at; compare again later." : ""}</p>
          <h3>Paid, without a ticket: <span data-figure="paid-without-ticket">{count(found.paidWithoutTicket.length)}</span></h3>
          <Table
            label="Paid without a ticket" rows={found.paidWithoutTicket} keyOf={({paymentIntentId}) => paymentIntentId} empty="Whatever was paid was handed over."
            columns={[
              {head: "Order", cell: ({orderId}) => <OrderLink id={orderId} />},
              {head: "User", cell: ({userId}) => <UserLink id={userId} />},
              {head: "Amount", number: true, cell: ({amount, currency}) => money(amount, currency)},
              {head: "Order is", cell: ({orderStatus}) => (orderStatus === null ? "not there" : <State state={orderStatus} />)},
              {head: "Since", cell: ({since}) => <When at={since} />},
              {head: "Payment", cell: ({paymentIntentId}) => <Id id={paymentIntentId} />},
            ]}
          />
          <h3>Tickets, without a payment: <span data-figure="ticket-without-payment">{count(found.ticketWithoutPayment.length)}</span></h3>
          <Table
            label="Tickets without a payment" rows={found.ticketWithoutPayment} keyOf={({eventId, ragerId}) => `${eventId}/${ragerId}`} empty="A payment stands behind every ticket."
            columns={[
              {head: "Event", cell: ({eventId}) => <a href={href("door", eventId)}>{eventId}</a>},
              {head: "User", cell: ({userId}) => <UserLink id={userId} />},
              {head: "Tickets", number: true, cell: ({quantity}) => count(quantity)},
              {head: "Why", cell: ({why}) => reasonWords(why)},
              {head: "Order", cell: ({orderId}) => <OrderLink id={orderId} />},
              {head: "Batch", cell: ({ragerId}) => <Id id={ragerId} />},
            ]}
          />
        </div>
      )}
    </section>
  );
}
