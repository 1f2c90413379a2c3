// Where in the console we are: `#/users/UID/ledger` is the view `users` with the parts `UID`, `ledger`.

import {useEffect, useState} from "preact/hooks";

export interface Route {
  view: string;
  parts: readonly string[];
}

/** Reads the address's fragment; an empty one is the overview. */
export function parse(hash: string): Route {
  const [view = "", ...parts] = hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decoded);
  return {view: view || "overview", parts};
}

/** The address of a view, for links. */
export function href(view: string, ...parts: readonly string[]): string {
  return `#/${[view, ...parts].map(encodeURIComponent).join("/")}`;
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return parse(hash);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
