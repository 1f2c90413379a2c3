import type {FunctionComponent} from "preact";
import {useEffect, useRef, useState} from "preact/hooks";
import {href, useRoute} from "./route";

/** A view; `parts` is the rest of the address. */
export type View = FunctionComponent<{parts: readonly string[]}>;

interface Place {
  name: string;
  label: string;
  load: () => Promise<{default: View}>;
}

const VIEWS: readonly Place[] = [
  {name: "overview", label: "Overview", load: () => import("./views/overview")},
  {name: "users", label: "Users", load: () => import("./views/users")},
  {name: "orders", label: "Orders", load: () => import("./views/orders")},
  {name: "stripe", label: "Stripe inbox", load: () => import("./views/inbox")},
  {name: "door", label: "Door", load: () => import("./views/door")},
  {name: "stock", label: "Stock", load: () => import("./views/stock")},
  {name: "jobs", label: "Jobs", load: () => import("./views/jobs")},
];

const DOCUMENT: Place = {name: "document", label: "Document", load: () => import("./views/document")};

/** The console's frame: where one can go, and the view that is open. */
export function Shell({email, onSignOut}: {email: string; onSignOut: () => void}) {
  const {view, parts} = useRoute();
  const open = [...VIEWS, DOCUMENT].find(({name}) => name === view);
  return (
    <div class="shell">
      <a class="skip" href="#content" onClick={skip}>Skip to the content</a>
      <header class="bar">
        <a class="brand" href={href("overview")}><img src="/icon.svg" alt="" width="24" height="24" />Firetill</a>
        <nav aria-label="Console">
          {VIEWS.map(({name, label}) => <a key={name} href={href(name)} aria-current={name === view ? "page" : undefined}>{label}</a>)}
        </nav>
        <div class="who">
          <span class="quiet" title={email}>{email}</span>
          <button class="button small" onClick={onSignOut}>Sign out</button>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {open === undefined ? <NotFound /> : <Loaded key={open.name} label={open.label} load={open.load} parts={parts} />}
      </main>
    </div>
  );
}

function Loaded({label, load, parts}: {label: string; load: () => Promise<{default: View}>; parts: readonly string[]}) {
  const [Opened, setOpened] = useState<{view: View} | "failed" | null>(null);
  const first = useRef(true);
  useEffect(() => {
    let wanted = true;
    load().then(({default: view}) => wanted && setOpened({view}), () => wanted && setOpened("failed"));
    return () => {
      wanted = false;
    };
  }, []);
  useEffect(() => {
    document.title = [...parts.slice(0, 1), label, "Firetill"].join(" · ");
    // Whoever follows a link hears where it led; whoever opens the page begins at its top.
    if (!first.current) document.getElementById("content")?.focus({preventScroll: true});
    first.current = false;
  }, [label, parts.join("/")]);
  if (Opened === "failed") return <p class="problem" role="alert">This part of the page could not be loaded. Reload it.</p>;
  if (Opened === null) return <p class="quiet" role="status">Loading …</p>;
  return <Opened.view parts={parts} />;
}

function NotFound() {
  return (
    <>
      <h1>Not here</h1>
      <p>There is no such page in the console. <a href={href("overview")}>Back to the overview</a></p>
    </>
  );
}

function skip(event: MouseEvent) {
  event.preventDefault(); // the fragment is the route
  document.getElementById("content")?.focus();
}
