// Reading Firestore and the functions from a view: what there is, whether it still loads, what went wrong.

import {doc, type DocumentData, type FirestoreError, onSnapshot, type Query, type Firestore} from "firebase/firestore";
import {useEffect, useState} from "preact/hooks";
import {call} from "../base/calls";
import {useConsole} from "./context";
import {problemWords} from "./words";

/** Something that is being read. */
export type Live<T> = {state: "loading"} | {state: "error"; problem: string} | {state: "ready"; value: T};

/** A document with where it is. */
export type Found<T> = T & {readonly $id: string; readonly $path: string};

const LOADING = {state: "loading"} as const;

/** Listens to one document; null is a document that does not exist. No path: nothing is read. */
export function useDocument<T>(path: string | null): Live<Found<T> | null> {
  const {firestore} = useConsole();
  const [live, setLive] = useState<Live<Found<T> | null>>(LOADING);
  useEffect(() => {
    setLive(LOADING);
    if (path === null) return;
    return onSnapshot(
      doc(firestore, path),
      (found) => setLive({state: "ready", value: found.exists() ? withPlace<T>(found.data(), found.id, path) : null}),
      (error) => setLive(listenProblem(error, path)),
    );
  }, [path]);
  return live;
}

/**
 * Listens to a query.
 *
 * @param key what it asks, in one text: another key is another query. Null: nothing is read.
 */
export function useList<T>(key: string | null, make: (firestore: Firestore) => Query): Live<Found<T>[]> {
  const {firestore} = useConsole();
  const [live, setLive] = useState<Live<Found<T>[]>>(LOADING);
  useEffect(() => {
    setLive(LOADING);
    if (key === null) return;
    // Of ten thousand documents one changes at a time; only that one is read out anew.
    const known = new Map<string, Found<T>>();
    return onSnapshot(
      make(firestore),
      (found) => {
        for (const {type, doc: one} of found.docChanges()) {
          if (type === "removed") known.delete(one.ref.path);
          else known.set(one.ref.path, withPlace<T>(one.data(), one.id, one.ref.path));
        }
        setLive({state: "ready", value: found.docs.flatMap((one) => known.get(one.ref.path) ?? [])});
      },
      (error) => setLive(listenProblem(error, key)),
    );
  }, [key]);
  return live;
}

/** Calls a function that only reads; again whenever `key` changes. A null key asks nothing. */
export function useAnswer<T>(name: string, input: object, key: string | null): Live<T> {
  const {functions} = useConsole();
  const [live, setLive] = useState<Live<T>>(LOADING);
  useEffect(() => {
    let wanted = true;
    setLive(LOADING);
    if (key === null) return;
    call<T>(functions, name, input).then(
      (value) => wanted && setLive({state: "ready", value}),
      (error: unknown) => wanted && setLive({state: "error", problem: problemWords(error)}),
    );
    return () => {
      wanted = false;
    };
  }, [name, key]);
  return live;
}

/** The present time, anew every so many seconds, for what is told as "12 s ago". */
export function useNow(seconds = 5): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds]);
  return now;
}

function withPlace<T>(data: DocumentData, id: string, path: string): Found<T> {
  return {...(data as T), $id: id, $path: path};
}

function listenProblem(error: FirestoreError, what: string): {state: "error"; problem: string} {
  const words: Partial<Record<FirestoreError["code"], string>> = {
    "permission-denied": "The security rules do not let this account read it.",
    "failed-precondition": "The database has no index for this list yet.",
    unavailable: "The database does not answer.",
    "resource-exhausted": "The database has no capacity left for now.",
  };
  return {state: "error", problem: `${words[error.code] ?? "It cannot be read."} (${error.code}: ${what})`};
}
