import {collection, limit, query} from "firebase/firestore";
import {count, money} from "../../base/format";
import type {TicketedEvent} from "../events";
import {useList, type Found, type Live} from "../live";
import {Id, State} from "../parts/bits";
import {Loaded} from "../parts/loaded";
import {href} from "../route";
import {eventStock, productStock, type Product, type Shard, type Stock} from "../stock-figures";
import {Drift} from "./stock-drift";
import {Fulfillment} from "./stock-fulfillment";

const MOST = 200;

/** So that the bars of few shards do not look like much more stock. */
const FEWEST = 16;

/** What is for sale and how much of it is left, held and gone. */
export default function StockView() {
  const events = useList<TicketedEvent>("events", (firestore) => query(collection(firestore, "events"), limit(MOST)));
  const products = useList<Product>("products", (firestore) => query(collection(firestore, "products"), limit(MOST)));
  return (
    <>
      <h1>Stock</h1>
      <section aria-labelledby="stock-events">
        <h2 id="stock-events">Events</h2>
        <Loaded live={events} what="the events">
          {(found) => (found.length === 0 ? <p class="quiet empty">There are no events yet.</p> : (
            <div class="items">{found.map((event) => <EventCard key={event.$id} eventId={event.$id} event={event} />)}</div>
          ))}
        </Loaded>
      </section>
      <section aria-labelledby="stock-products">
        <h2 id="stock-products">Products</h2>
        <Loaded live={products} what="the products">
          {(found) => (found.length === 0 ? <p class="quiet empty">There are no products yet.</p> : (
            <div class="items">
              {found.map((product) => <ProductCard key={product.$id} productId={product.$id} product={product} />)}
            </div>
          ))}
        </Loaded>
      </section>
      <Fulfillment />
    </>
  );
}

function EventCard({eventId, event}: {eventId: string; event: TicketedEvent}) {
  const spread = (event.dealtShards ?? 0) > 0;
  const live = useList<Shard>(spread ? `shards of ${eventId}` : null, (firestore) => query(collection(firestore, "events", eventId, "inventory"), limit(50)));
  return (
    <article class="card item" data-item={eventId}>
      <Heading name={event.name} id={eventId} price={money(event.priceCents, event.currency)} active={event.active} link={href("door", eventId)} />
      <Spread spread={spread} live={live} name={event.name} stock={(shards) => eventStock(event, shards)} />
      <Drift input={{eventId}} name={event.name} />
    </article>
  );
}

function ProductCard({productId, product}: {productId: string; product: Product}) {
  const spread = (product.dealtShards ?? 0) > 0;
  const live = useList<Shard>(spread ? `shards of ${productId}` : null, (firestore) => query(collection(firestore, "products", productId, "inventory"), limit(50)));
  return (
    <article class="card item" data-item={productId}>
      <Heading name={product.name} id={productId} price={money(product.priceCents, product.currency)} active={product.active} />
      <Spread spread={spread} live={live} name={product.name} stock={(shards) => productStock(product, shards)} />
      <Drift input={{productId}} name={product.name} />
    </article>
  );
}

/** An item's stock, added up over its shards if it has any. */
function Spread({spread, live, name, stock}: {spread: boolean; live: Live<Found<Shard>[]>; name: string; stock: (shards: readonly Shard[]) => Stock}) {
  const shards = live.state === "ready" ? live.value : [];
  return (
    <>
      {live.state === "error" && <p class="problem" role="alert">Shards: {live.problem}</p>}
      {spread && live.state === "loading" ? <p class="quiet" role="status">Adding up the shards …</p> : <Bar stock={stock(shards)} name={name} />}
      {shards.length > 0 && <Shards shards={shards} />}
    </>
  );
}

function Heading({name, id, price, active, link}: {name: string; id: string; price: string; active: boolean; link?: string}) {
  return (
    <header class="row head">
      <h3>{link === undefined ? name : <a href={link}>{name}</a>}</h3>
      <span class="quiet row"><Id id={id} /> {price} <State state={active ? "active" : "not active"} /></span>
    </header>
  );
}

function Bar({stock, name}: {stock: Stock; name: string}) {
  const {capacity, held, sold, free} = stock;
  const parts = [["sold", sold ?? 0], ["held", held], ["free", free]] as const;
  const all = Math.max(1, parts.reduce((sum, [, value]) => sum + Math.max(0, value), 0));
  let from = 0;
  return (
    <>
      <svg class="stock-bar" width="100%" height="14" viewBox="0 0 100 14" preserveAspectRatio="none" role="img" aria-label={`${name}: ${parts.map(([word, value]) => `${word} ${count(value)}`).join(", ")}`}>
        {parts.map(([word, value]) => {
          const width = (Math.max(0, value) / all) * 100;
          from += width;
          return <rect key={word} x={from - width} width={width} height="14" class={word} />;
        })}
      </svg>
      <dl class="stock">
        {capacity !== null && <div><dt>Capacity</dt><dd data-figure="capacity">{count(capacity)}</dd></div>}
        {sold !== null && <div><dt><i class="dot sold" />Sold</dt><dd data-figure="sold">{count(sold)}</dd></div>}
        <div><dt><i class="dot held" />Held by orders</dt><dd data-figure="held">{count(held)}</dd></div>
        <div><dt><i class="dot free" />Free</dt><dd data-figure="free">{count(free)}</dd></div>
      </dl>
    </>
  );
}

function Shards({shards}: {shards: readonly (Shard & {$id: string})[]}) {
  const most = Math.max(1, ...shards.map(({quantity}) => quantity));
  const label = `Shards: ${shards.map(({$id, quantity, reserved}) => `${$id} has ${quantity}, ${reserved} held`).join("; ")}`;
  return (
    <figure class="shards">
      <figcaption class="quiet">{count(shards.length)} shards: what is left in each, and the held part of it</figcaption>
      <svg width="100%" height="40" viewBox={`0 0 ${Math.max(shards.length, FEWEST) * 10} 40`} preserveAspectRatio="none" role="img" aria-label={label}>
        {[...shards].sort((a, b) => Number(a.$id) - Number(b.$id)).map(({$id, quantity, reserved}, index) => (
          <g key={$id}>
            <rect x={index * 10 + 1} width="8" y={40 - (quantity / most) * 40} height={(quantity / most) * 40} class="free" />
            <rect x={index * 10 + 1} width="8" y={40 - (reserved / most) * 40} height={(reserved / most) * 40} class="held" />
          </g>
        ))}
      </svg>
    </figure>
  );
}
