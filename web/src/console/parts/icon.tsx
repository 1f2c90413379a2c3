// One small drawing for each kind of thing that happens to an order.

const DRAWINGS: Readonly<Record<string, string>> = {
  ordered: "M3 4h2l2.5 11h10l2-8H6.5 M9 20h.01 M17 20h.01",
  payment: "M3 6h18v12H3z M3 10h18 M7 15h3",
  stripe_event: "M13 3 5 14h6l-1 7 8-11h-6z",
  refund: "M8 5 4 9l4 4 M4 9h10a5 5 0 0 1 0 10h-3",
  dispute: "M12 4v16 M7 20h10 M5 7h14 M5 7l-2 6h4z M19 7l-2 6h4z",
  stock: "M4 8l8-4 8 4v8l-8 4-8-4z M4 8l8 4 8-4 M12 12v8",
  fulfilled: "M4 12l5 6L20 6",
  batch: "M3 8h18v3a2 2 0 0 0 0 4v3H3v-3a2 2 0 0 0 0-4z M14 8v10",
  token: "M4 4h6v6H4z M14 4h6v6h-6z M4 14h6v6H4z M14 14h2v2h-2z M19 19h1",
  scan: "M4 8V4h4 M16 4h4v4 M20 16v4h-4 M8 20H4v-4 M4 12h16",
  conflict: "M12 4 3 19h18z M12 10v4 M12 17h.01",
  mail: "M3 6h18v12H3z M3 7l9 6 9-6",
  audit: "M6 3h9l3 3v15H6z M9 10h6 M9 14h6",
};

export function Icon({kind}: {kind: string}) {
  return <svg viewBox="0 0 24 24" aria-hidden="true"><path d={DRAWINGS[kind] ?? "M12 12h.01"} /></svg>;
}
