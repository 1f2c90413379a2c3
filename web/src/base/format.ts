// Money, counts and times as people read them, in the browser's language and time zone.

const whole = new Intl.NumberFormat();

// Which currencies have other than two places, as Stripe counts them: not always as ISO 4217 does.
const WHOLE: ReadonlySet<string> = new Set("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" "));
const THREE_PLACES: ReadonlySet<string> = new Set("bhd jod kwd omr tnd".split(" "));

/** `amount` minor units of a currency, such as $12.50. */
export function money(amount: number, currency: string): string {
  const digits = places(currency);
  const shown = {minimumFractionDigits: digits, maximumFractionDigits: digits};
  const format = new Intl.NumberFormat(undefined, {style: "currency", currency: currency.toUpperCase(), ...shown});
  return format.format(amount / 10 ** digits);
}

/** A whole number with separators. */
export function count(value: number): string {
  return whole.format(value);
}

/** A time of day, such as 21:04. */
export function clock(at: Date): string {
  return at.toLocaleTimeString(undefined, {hour: "2-digit", minute: "2-digit"});
}

/** A day and time. */
export function moment(at: Date): string {
  return at.toLocaleString(undefined, {dateStyle: "medium", timeStyle: "short"});
}

/** How long ago, such as 5 s, 3 min, 2 h or 4 days. */
export function ago(at: Date, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - at.getTime()) / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

/** Money for where there is little room, such as $1.2K. */
export function shortMoney(amount: number, currency: string): string {
  const format = new Intl.NumberFormat(undefined, {style: "currency", currency: currency.toUpperCase(), notation: "compact", maximumFractionDigits: 1});
  return format.format(amount / 10 ** places(currency));
}

function places(currency: string): number {
  const name = currency.toLowerCase();
  return WHOLE.has(name) ? 0 : THREE_PLACES.has(name) ? 3 : 2;
}
