import {collection, limit, orderBy, query, where} from "firebase/firestore";
import {useState} from "preact/hooks";
import {count, money} from "../../base/format";
import {useList} from "../live";
import {OrderLink, Tabs, UserLink, When} from "../parts/bits";
import {Loaded} from "../parts/loaded";
import {Table} from "../parts/table";
import {href} from "../route";

interface Order {
  userId: string;
  lines: {name: string; quantity: number}[];
  amount: number;
  currency: string;
  amountGone: number;
  createdAt: unknown;
  expiresAt: unknown;
}

export const STATUSES = ["finalized", "pending", "refunded", "rejected", "expired", "canceled"] as const;

const WINDOWS = [["1", "hour"], ["24", "day"], ["168", "week"]] as const;
const MOST = 500;

/** Orders of one status that were opened of late, the newest first. */
export function OrderList({status}: {status: (typeof STATUSES)[number]}) {
  const [hours, setHours] = useState("24");
  const [now] = useState(() => Date.now());
  // Sorted by the end of their reservation, which comes 15 minutes after each was opened.
  const since = new Date(now - Number(hours) * 3_600_000 + 15 * 60_000);
  const live = useList<Order>(`orders that are ${status}, of ${hours} hours`, (firestore) =>
    query(collection(firestore, "orders"), where("status", "==", status), where("expiresAt", ">=", since), orderBy("expiresAt"), limit(MOST)));
  return (
    <>
      <Tabs label="Status" chosen={status} tabs={STATUSES.map((name) => ({name, label: name, link: href("orders", "all", name)}))} />
      <label class="inline">Opened within the last
        <select value={hours} onChange={(change) => setHours(change.currentTarget.value)}>
          {WINDOWS.map(([value, word]) => <option key={value} value={value}>{word}</option>)}
        </select>
      </label>
      <Loaded live={live} what="the orders">
        {(found) => (
          <>
            <p class="quiet">{count(found.length)} {status}.{found.length === MOST && " There are more: these are the first of that time. Choose a shorter one."}</p>
            <Table
              label={`Orders that are ${status}`} rows={[...found].reverse()} keyOf={({$id}) => $id} empty="None."
              columns={[
                {head: "Opened", cell: ({createdAt}) => <When at={createdAt} />},
                {head: "Order", cell: ({$id}) => <OrderLink id={$id} />},
                {head: "Buyer", cell: ({userId}) => <UserLink id={userId} />},
                {head: "What", wide: true, cell: ({lines}) => lines.map(({name, quantity}) => `${count(quantity)} × ${name}`).join(", ")},
                {head: "Amount", number: true, cell: ({amount, currency}) => money(amount, currency)},
                {head: "Money gone back", number: true, cell: ({amountGone, currency}) => money(amountGone ?? 0, currency)},
              ]}
            />
          </>
        )}
      </Loaded>
    </>
  );
}
