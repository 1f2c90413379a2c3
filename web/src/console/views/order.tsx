import {count, money} from "../../base/format";
import {useAnswer, useDocument} from "../live";
import {Facts, Id, State, UserLink, When} from "../parts/bits";
import {Loaded} from "../parts/loaded";
import {Table} from "../parts/table";
import {dateOf} from "../instant";
import {href} from "../route";
import {Icon} from "../parts/icon";
import {details, type Item, pageOf} from "../timeline";

interface Line {
  kind: string;
  itemId: string;
  name: string;
  unitPrice: number;
  quantity: number;
  amount: number;
  ragerId: string | null;
  boughtBack: number;
  returned: number;
}

interface Timeline {
  order: {
    orderId: string;
    userId: string;
    status: string;
    lines: Line[];
    amount: number;
    currency: string;
    amountGone: number;
    usedRefunded: number;
    paymentIntentId: string | null;
    createdAt: string;
    expiresAt: string;
    finalizedAt: string | null;
    endedAt: string | null;
    stripeDueSince: string | null;
  };
  items: Item[];
  complete: boolean;
}

/** An order and all that happened to it; asked anew whenever its document changes. */
export function OrderPage({orderId}: {orderId: string}) {
  const document = useDocument<{updatedAt: unknown}>(`orders/${orderId}`);
  const changed = document.state === "ready" ? (dateOf(document.value?.updatedAt)?.toISOString() ?? "absent") : null;
  const timeline = useAnswer<Timeline>("getOrderTimeline", {orderId}, changed === null ? null : `${orderId} ${changed}`);
  return (
    <>
      <p class="crumb"><a href={href("orders")}>Orders</a></p>
      <h1>Order <code class="whole">{orderId}</code></h1>
      {document.state === "error"
        ? <p class="problem" role="alert">the order: {document.problem}</p>
        : <Loaded live={timeline} what="the time line">{(found) => <Told found={found} />}</Loaded>}
    </>
  );
}

function Told({found: {order, items, complete}}: {found: Timeline}) {
  const paid = (amount: number) => money(amount, order.currency);
  return (
    <>
      <section class="card" aria-label="How it stands">
        <Facts facts={[
          ["Status", <span data-figure="order-status" data-status={order.status}><State state={order.status} /></span>], ["Buyer", <UserLink id={order.userId} />], ["Amount", paid(order.amount)],
          ["Money gone back", paid(order.amountGone)], ["Used, then refunded", count(order.usedRefunded)],
          ["Payment", order.paymentIntentId === null ? "none yet" : <Id id={order.paymentIntentId} link={pageOf(`paymentIntents/${order.paymentIntentId}`)} />],
          ["Opened", <When at={order.createdAt} />], ["Holds its stock until", <When at={order.expiresAt} />], ["Handed over", <When at={order.finalizedAt} />], ["Ended", <When at={order.endedAt} />],
          ...(order.stripeDueSince === null ? [] : [["Due at Stripe since", <When at={order.stripeDueSince} />] as const]),
        ]} />
      </section>
      <section aria-labelledby="lines">
        <h2 id="lines">What was ordered</h2>
        <Table
          label="What was ordered" rows={order.lines} keyOf={({kind, itemId}) => `${kind}:${itemId}`} empty="Nothing."
          columns={[
            {head: "Item", cell: ({kind, name, itemId}) => <a href={kind === "event" ? href("door", itemId) : href("stock")}>{name}</a>},
            {head: "Quantity", number: true, cell: ({quantity}) => count(quantity)},
            {head: "Each", number: true, cell: ({unitPrice}) => paid(unitPrice)},
            {head: "Amount", number: true, cell: ({amount}) => paid(amount)},
            {head: "Money back for", number: true, cell: ({boughtBack}) => count(boughtBack)},
            {head: "Back in stock", number: true, cell: ({returned}) => count(returned)},
            {head: "Batch", cell: ({ragerId, itemId}) => <Id id={ragerId} {...(ragerId === null ? {} : {link: pageOf(`events/${itemId}/ragers/${ragerId}`)})} />},
          ]}
        />
      </section>
      <section aria-labelledby="timeline">
        <h2 id="timeline">Time line</h2>
        {!complete && <p class="warn">There is more of some things than is shown here.</p>}
        <ol class="timeline" data-figure="timeline">
          {items.map((item, index) => (
            <li key={`${item.path} ${index}`} data-kind={item.kind}>
              <span class="icon"><Icon kind={item.kind} /></span>
              <div>
                <p><a href={pageOf(item.path)}>{item.title}</a></p>
                <p class="quiet">{details(item).join(" · ")}<Holder item={item} buyer={order.userId} /></p>
              </div>
              <When at={item.at} />
            </li>
          ))}
        </ol>
      </section>
    </>
  );
}

/** Whose tickets they are, where that is not the buyer. */
function Holder({item, buyer}: {item: Item; buyer: string}) {
  const holder = item.data["userId"];
  return typeof holder !== "string" || holder === buyer ? null : <> · held by <UserLink id={holder} /></>;
}
