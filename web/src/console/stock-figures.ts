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

/** An event's stock lies in its document and in its shards. */
export function eventStock(event: TicketedEvent, shards: readonly Shard[]): Stock {
  const left = event.quantity + shards.reduce((sum, one) => sum + (one.quantity ?? 0), 0);
  const held = (event.reserved ?? 0) + shards.reduce((sum, one) => sum + (one.reserved ?? 0), 0);
  return {capacity: event.initialQuantity, sold: event.initialQuantity - left, held, free: left - held};
}

/** A product's lies likewise. */
export function productStock({stock, reserved = 0}: Product, shards: readonly Shard[]): Stock {
  const left = stock + shards.reduce((sum, one) => sum + (one.quantity ?? 0), 0);
  const held = reserved + shards.reduce((sum, one) => sum + (one.reserved ?? 0), 0);
  return {capacity: null, sold: null, held, free: left - held};
}
