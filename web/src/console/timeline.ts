// An order's time line: a few words and a link for each of its items.

import {count, money} from "../base/format";
import {href} from "./route";
import {reasonWords} from "./words";

export type Value = string | number | boolean | null;

export interface Item {
  at: string;
  kind: string;
  title: string;
  data: Readonly<Record<string, Value>>;
  path: string;
}

/** Where an item's document is shown: the page that says most about it. */
export function pageOf(path: string): string {
  const [collection = "", id = "", inner] = path.split("/");
  if (inner === undefined && collection === "stripeEvents") return href("stripe", id);
  if (inner === undefined && (collection === "orders" || collection === "users")) return href(collection, id);
  if (inner === undefined && collection === "products") return href("stock");
  return href("document", ...path.split("/"));
}

// Said by the title, by the link, or of use to programs alone.
const UNSAID = new Set(["userId", "currency", "status", "result", "eventType", "paymentIntentId", "orderId", "itemId", "scanId", "ragerId", "notificationId", "about", "eventId", "disputeId"]);

/** What an item's data add to its title, as short texts. */
export function details({data}: Item): string[] {
  const currency = typeof data["currency"] === "string" ? data["currency"] : null;
  const said: string[] = [];
  for (const [name, value] of Object.entries(data)) {
    if (value === null || value === false || value === "" || UNSAID.has(name) || (name === "attempts" && value === 1)) continue;
    if (name === "amount" && typeof value === "number") said.push(currency === null ? count(value) : money(value, currency));
    else if (name === "reason" && typeof value === "string") said.push(reasonWords(value));
    else if (name === "name") said.push(String(value));
    else said.push(`${spaced(name)}${value === true ? "" : ` ${typeof value === "number" ? count(value) : value}`}`);
  }
  return said;
}

/** `usedCount` as people read it: `used count`. */
export function spaced(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}
