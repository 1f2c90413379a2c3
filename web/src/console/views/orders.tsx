import {doc, getDoc} from "firebase/firestore";
import {useState} from "preact/hooks";
import {useConsole} from "../context";
import {href} from "../route";
import {OrderPage} from "./order";
import {OrderList, STATUSES} from "./order-list";

/** Orders of late, and one that is found by its own id or by its payment's. */
export default function Orders({parts}: {parts: readonly string[]}) {
  const [orderId, status] = parts;
  if (orderId !== undefined && orderId !== "all") return <OrderPage key={orderId} orderId={orderId} />;
  return <Find status={STATUSES.find((name) => name === status) ?? STATUSES[0]} />;
}

function Find({status}: {status: (typeof STATUSES)[number]}) {
  const {firestore} = useConsole();
  const [problem, setProblem] = useState<string | null>(null);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const id = String(new FormData(event.currentTarget as HTMLFormElement).get("id")).trim();
    setProblem(null);
    if (id.includes("/")) return setProblem("That is no id.");
    if (!id.startsWith("pi_")) {
      location.hash = href("orders", id);
      return;
    }
    try {
      const payment = await getDoc(doc(firestore, "paymentIntents", id));
      const orderId: unknown = payment.get("orderId");
      if (typeof orderId === "string") location.hash = href("orders", orderId);
      else setProblem(payment.exists() ? "That payment is for no order." : "There is no such payment.");
    } catch {
      setProblem("The payment could not be read.");
    }
  }

  return (
    <>
      <h1>Orders</h1>
      <form class="row search" role="search" onSubmit={submit}>
        <label class="grow">Order id, or payment id (pi_…)<input type="search" name="id" required autocomplete="off" /></label>
        <button class="button primary">Open</button>
      </form>
      {problem !== null && <p class="problem" role="alert">{problem}</p>}
      <OrderList key={status} status={status} />
    </>
  );
}
