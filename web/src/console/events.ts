// Ticketed events: which one a console would mean if nobody says.

import {dateOf, type Instant} from "./instant";

export interface TicketedEvent {
  name: string;
  active: boolean;
  currency: string;
  priceCents: number;
  quantity: number;
  reserved: number;
  initialQuantity: number;
  shards?: number;
  dealtShards?: number;
  doorsOpenAt?: Instant | null;
  endsAt?: Instant | null;
  offlineAllowed?: boolean;
  reentry?: boolean;
}

/** The event whose doors are open, else the one whose doors open next, else the one that was last. */
export function chosenEvent<T extends TicketedEvent>(events: readonly T[], now: Date): T | null {
  const opens = (event: T) => dateOf(event.doorsOpenAt)?.getTime() ?? 0;
  const ends = (event: T) => dateOf(event.endsAt)?.getTime() ?? Number.POSITIVE_INFINITY;
  const at = now.getTime();
  const active = events.filter((event) => event.active);
  const open = active.filter((event) => opens(event) <= at && at < ends(event)).sort((a, b) => opens(b) - opens(a));
  const coming = active.filter((event) => opens(event) > at).sort((a, b) => opens(a) - opens(b));
  const over = [...events].sort((a, b) => opens(b) - opens(a));
  return open[0] ?? coming[0] ?? over[0] ?? null;
}
