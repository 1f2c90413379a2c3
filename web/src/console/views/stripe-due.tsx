import {collection, limit, orderBy, query, where} from "firebase/firestore";
import {money} from "../../base/format";
import {useList} from "../live";
import {OrderLink, State, UserLink, When} from "../parts/bits";
import {Loaded} from "../parts/loaded";
import {Table} from "../parts/table";

interface Order {
  userId: string;
  status: string;
  amount: number;
  currency: string;
  stripeDue: {action: string; paymentIntentId: string; attempt: number}[];
  stripeDueSince: unknown;
}

/** Orders whose payment is to be canceled or given back, and Stripe has not done it yet. */
export function StripeDue() {
  // Whatever is due has been so since some instant before the far future; null is not.
  const live = useList<Order>("orders with something due at Stripe", (firestore) =>
    query(collection(firestore, "orders"), where("stripeDueSince", "<=", new Date("9999-01-01")), orderBy("stripeDueSince"), limit(100)));
  return (
    <Loaded live={live} what="the orders">
      {(found) => (
        <Table
          label="Orders with something due at Stripe" rows={found} keyOf={({$id}) => $id} empty="Nothing is due at Stripe."
          columns={[
            {head: "Order", cell: ({$id}) => <OrderLink id={$id} />},
            {head: "User", cell: ({userId}) => <UserLink id={userId} />},
            {head: "Status", cell: ({status}) => <State state={status} />},
            {head: "Amount", number: true, cell: ({amount, currency}) => money(amount, currency)},
            {head: "Due", cell: ({stripeDue}) => stripeDue.map(({action, paymentIntentId, attempt}) => `${action} ${paymentIntentId}${attempt > 0 ? `, ${attempt} times refused` : ""}`).join("; ")},
            {head: "Since", cell: ({stripeDueSince}) => <When at={stripeDueSince} />},
          ]}
        />
      )}
    </Loaded>
  );
}
