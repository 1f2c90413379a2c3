// How much of an item there is, was sold, and is held.

import type {TicketedEvent} from "./events";

export interface Product {
  name: string;
  priceCents: number;
  currency: string;
  stock: number;
  reserved?: number;
  active: boolean;
  dealtShards?: number;
}

export interface Shard {
  quantity: number;
  reserved: number;
}

/** In units. A product's document knows no beginning, so neither what it could hold nor what is gone. */
export interface Stock {
  capacity: number | null;
  sold: number | null;
  held: number;
  free: number;
}

/** What is left and held in an item's own document and in its shards. */
function addedUp(own: Shard, shards: readonly Shard[]): {left: number; held: number} {
  const sum = (of: (one: Shard) => number | undefined) => [own, ...shards].reduce((total, one) => total + (of(one) ?? 0), 0);
  return {left: sum((one) => one.quantity), held: sum((one) => one.reserved)};
}

export function eventStock(event: TicketedEvent, shards: readonly Shard[]): Stock {
  const {left, held} = addedUp({quantity: event.quantity, reserved: event.reserved ?? 0}, shards);
  return {capacity: event.initialQuantity, sold: event.initialQuantity - left, held, free: left - held};
}

export function productStock({stock, reserved = 0}: Product, shards: readonly Shard[]): Stock {
  const {left, held} = addedUp({quantity: stock, reserved}, shards);
  return {capacity: null, sold: null, held, free: left - held};
}
