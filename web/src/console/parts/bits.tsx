// Small things that views show again and again.

import type {ComponentChildren} from "preact";
import {ago, moment} from "../../base/format";
import {dateOf} from "../instant";
import {href} from "../route";

/** A time, to the second when pointed at. */
export function When({at}: {at: unknown}) {
  const date = dateOf(at);
  return date === null ? <span class="quiet">–</span> : <time dateTime={date.toISOString()} title={date.toISOString()}>{moment(date)}</time>;
}

/** How long ago something was. */
export function Ago({at, now}: {at: unknown; now: Date}) {
  const date = dateOf(at);
  return date === null ? <span class="quiet">never</span> : <time dateTime={date.toISOString()} title={date.toISOString()}>{ago(date, now)}</time>;
}

/** An id, cut where it is long; all of it is in the title. */
export function Id({id, link}: {id: string | null | undefined; link?: string}) {
  if (!id) return <span class="quiet">–</span>;
  const short = id.length > 18 ? `${id.slice(0, 10)}…${id.slice(-4)}` : id;
  return link === undefined ? <code title={id}>{short}</code> : <a href={link} title={id}><code>{short}</code></a>;
}

export function UserLink({id}: {id: string | null | undefined}) {
  return <Id id={id} {...(id ? {link: href("users", id)} : {})} />;
}

export function OrderLink({id}: {id: string | null | undefined}) {
  return <Id id={id} {...(id ? {link: href("orders", id)} : {})} />;
}

const GOOD = new Set(["ok", "processed", "succeeded", "finalized", "COMPLETED", "done", "finished", "sent", "active", "online", "complete", "admitted", "trialing", "true"]);
const BAD = new Set(["dead", "failed", "refused", "FAILED", "payment_failed", "rejected", "revoked", "silent", "faulty", "denied", "drift", "unpaid"]);

/** A state as a coloured word with a mark of its own, for who sees no colours. */
export function State({state}: {state: string}) {
  const kind = GOOD.has(state) ? "good" : BAD.has(state) ? "bad" : "plain";
  const mark = {good: "✓", bad: "✕", plain: "•"}[kind];
  return <span class={`state ${kind}`}><span aria-hidden="true">{mark}</span> {state.replaceAll("_", " ").toLowerCase()}</span>;
}

/** One large number with its name. `figure` names it for tests. */
export function Big({figure, label, value, note, alarm = false, children}: {figure: string; alarm?: boolean; label: string; value: ComponentChildren; note?: ComponentChildren; children?: ComponentChildren}) {
  return (
    <div class={`big card${alarm ? " alarm" : ""}`}>
      <p class="label">{label}</p>
      <p class="value" data-figure={figure}>{value}</p>
      {note !== undefined && <p class="quiet note">{note}</p>}
      {children}
    </div>
  );
}

/** Links that choose between parts of one view. */
export function Tabs({label, tabs, chosen}: {label: string; tabs: readonly {name: string; label: string; link: string}[]; chosen: string}) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => <a key={tab.name} href={tab.link} aria-current={tab.name === chosen ? "page" : undefined}>{tab.label}</a>)}
    </nav>
  );
}

/** Fields of a document, one a line. */
export function Facts({facts}: {facts: readonly (readonly [string, ComponentChildren])[]}) {
  return <dl class="facts">{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value ?? "–"}</dd></div>)}</dl>;
}
