// What belongs to a user, a tab each.

import {collection, collectionGroup, limit, orderBy, query, where} from "firebase/firestore";
import type {FunctionComponent} from "preact";
import {count, money} from "../../base/format";
import {words} from "../figures";
import {type Found, type Live, useList} from "../live";
import {Id, OrderLink, State, When} from "../parts/bits";
import {Loaded} from "../parts/loaded";
import {type Column, Table} from "../parts/table";
import {href} from "../route";
import {pageOf} from "../timeline";
import {reasonWords} from "../words";

/** A document of whichever collection a tab shows; its fields are in `docs/firestore.md`. */
type Row = Found<Record<string, any>>;

const MOST = 100;

export const LISTS: readonly {name: string; label: string; List: FunctionComponent<{userId: string}>}[] = [
  {name: "sessions", label: "Sessions", List: newest("sessions", "startTime", [
    {head: "Began", cell: (row) => <When at={row["startTime"]} />},
    {head: "Type", cell: (row) => String(row["type"]).toLowerCase()},
    {head: "Status", cell: (row) => <State state={row["status"]} />},
    {head: "Pledge", number: true, cell: (row) => count(row["pledgeAmount"])},
    {head: "Minutes", number: true, cell: (row) => count(row["durationMinutes"])},
    {head: "Last heartbeat", cell: (row) => <When at={row["native"]?.lastCheckedAt} />},
    {head: "Ended", cell: (row) => <When at={row["settlement"]?.resolvedAt} />},
    {head: "Why", cell: (row) => reasonWords(row["settlement"]?.reason ?? "–")},
    {head: "Id", cell: (row) => <Id id={row.$id} link={pageOf(row.$path)} />},
  ])},
  {name: "purchases", label: "Purchases", List: newest("paymentIntents", "createdAt", [
    {head: "When", cell: (row) => <When at={row["createdAt"]} />},
    {head: "What", cell: (row) => row["packId"] ?? (row["orderId"] ? <OrderLink id={row["orderId"]} /> : row["subscriptionId"] ? "subscription" : "–")},
    {head: "Amount", number: true, cell: (row) => money(row["amount"], row["currency"])},
    {head: "Status", cell: (row) => <State state={row["status"]} />},
    {head: "Credits", number: true, cell: (row) => (row["credits"] === undefined ? "–" : `${count(row["credits"])}${row["credited"] ? "" : " (not yet)"}`)},
    {head: "Refunded", number: true, cell: (row) => money(row["amountRefunded"] ?? 0, row["currency"])},
    {head: "Disputes", cell: (row) => Object.values(row["disputes"] ?? {}).map((one: any) => one.status).join(", ") || "–"},
    {head: "Payment", cell: (row) => <Id id={row.$id} link={pageOf(row.$path)} />},
  ])},
  {name: "orders", label: "Orders", List: newest("orders", "createdAt", [
    {head: "When", cell: (row) => <When at={row["createdAt"]} />},
    {head: "Order", cell: (row) => <OrderLink id={row.$id} />},
    {head: "What", wide: true, cell: (row) => (row["lines"] as any[]).map((line) => `${count(line.quantity)} × ${line.name}`).join(", ")},
    {head: "Amount", number: true, cell: (row) => money(row["amount"], row["currency"])},
    {head: "Status", cell: (row) => <State state={row["status"]} />},
    {head: "Money gone back", number: true, cell: (row) => money(row["amountGone"] ?? 0, row["currency"])},
  ])},
  {name: "tickets", label: "Tickets", List: tickets()},
  {name: "actions", label: "Actions", List: newest("actions", "createdAt", [
    {head: "When", cell: (row) => <When at={row["createdAt"]} />},
    {head: "Kind", cell: (row) => words(row["kind"])},
    {head: "Status", cell: (row) => <State state={row["status"]} />},
    {head: "Cost", number: true, cell: (row) => count(row["cost"])},
    {head: "Of the day", number: true, cell: (row) => count(row["split"]?.daily ?? 0)},
    {head: "Attempts", number: true, cell: (row) => count(row["attempts"])},
    {head: "Why it failed", cell: (row) => reasonWords(row["failure"]?.reason ?? "–")},
    {head: "Id", cell: (row) => <Id id={row.$id} link={pageOf(row.$path)} />},
  ])},
  {name: "subscription", label: "Subscription", List: newest("subscriptions", null, [
    {head: "Subscription", cell: (row) => <Id id={row.$id} link={pageOf(row.$path)} />},
    {head: "Status", cell: (row) => <State state={row["status"]} />},
    {head: "Tier", cell: (row) => row["tier"] ?? "none"},
    {head: "Period until", cell: (row) => <When at={row["currentPeriodEnd"]} />},
    {head: "Ends with it", cell: (row) => (row["cancelAtPeriodEnd"] ? "yes" : "no")},
    {head: "Trial until", cell: (row) => <When at={row["trialEnd"]} />},
    {head: "Grace until", cell: (row) => <When at={row["graceUntil"]} />},
  ])},
  {name: "mails", label: "Notifications", List: newest("notifications", "createdAt", [
    {head: "When", cell: (row) => <When at={row["createdAt"]} />},
    {head: "What", cell: (row) => words(row["kind"])},
    {head: "Status", cell: (row) => <State state={row["status"]} />},
    {head: "Channels", cell: (row) => Object.entries(row["channels"] ?? {}).map(([name, channel]: [string, any]) => `${name} ${channel.status}`).join(", ") || "–"},
    {head: "Attempts", number: true, cell: (row) => count(row["attempts"])},
  ])},
  {name: "audit", label: "Audit", List: newest("auditLog", "at", [
    {head: "When", cell: (row) => <When at={row["at"]} />},
    {head: "What", cell: (row) => words(row["kind"])},
    {head: "By", cell: (row) => <Id id={row["actor"] ?? row["staffId"] ?? row["job"]} />},
    {head: "Reason", wide: true, cell: (row) => row["reason"] ?? row["fault"] ?? "–"},
    {head: "Amount", number: true, cell: (row) => (typeof row["amount"] === "number" ? count(row["amount"]) : "–")},
    {head: "Id", cell: (row) => <Id id={row.$id} link={pageOf(row.$path)} />},
  ])},
];

function newest(name: string, by: string | null, columns: readonly Column<Row>[]): FunctionComponent<{userId: string}> {
  return ({userId}) => {
    const live = useList<Row>(`${name} of ${userId}`, (firestore) =>
      query(collection(firestore, name), where("userId", "==", userId), ...(by === null ? [] : [orderBy(by, "desc")]), limit(MOST)));
    return <Rows live={live} what={name} columns={columns} />;
  };
}

function tickets(): FunctionComponent<{userId: string}> {
  const columns: readonly Column<Row>[] = [
    {head: "Event", cell: (row) => <a href={href("door", row["eventId"])}>{row["eventId"]}</a>},
    {head: "Tickets", number: true, cell: (row) => count(row["ticketQuantity"])},
    {head: "Used", number: true, cell: (row) => count(row["usedCount"])},
    {head: "Outside", number: true, cell: (row) => count(row["outside"] ?? 0)},
    {head: "State", cell: (row) => <State state={row["closed"] ?? (row["active"] ? "active" : "used up or off")} />},
    {head: "Order", cell: (row) => <OrderLink id={row["orderId"]} />},
    {head: "Bought", cell: (row) => <When at={row["purchaseDate"]} />},
    {head: "Last scan", cell: (row) => (row["lastScan"] ? <><When at={row["lastScan"].at} /> {row["lastScan"].gate ?? ""}</> : "–")},
    {head: "Batch", cell: (row) => <Id id={row.$id} link={pageOf(row.$path)} />},
  ];
  return ({userId}) => {
    const live = useList<Row>(`tickets of ${userId}`, (firestore) => query(collectionGroup(firestore, "ragers"), where("userId", "==", userId), limit(MOST)));
    return <Rows live={live} what="tickets" columns={columns} />;
  };
}

function Rows({live, what, columns}: {live: Live<Row[]>; what: string; columns: readonly Column<Row>[]}) {
  return (
    <Loaded live={live} what={what}>
      {(rows) => (
        <>
          <Table label={what} rows={rows} keyOf={(row) => row.$path} columns={columns} empty="Nothing here." />
          {rows.length === MOST && <p class="quiet">The newest {MOST} are shown.</p>}
        </>
      )}
    </Loaded>
  );
}
