// An identity's Firestore, opened once: an app may have no second one.

import type {Firestore} from "firebase/firestore";
import {type Identity, openFirestore} from "../base/firebase";

const opened = new WeakMap<Identity, Promise<Firestore>>();

/** The identity's Firestore; the SDK is loaded when it is first asked for. */
export function firestoreOf(identity: Identity): Promise<Firestore> {
  const known = opened.get(identity);
  if (known !== undefined) return known;
  const opening = openFirestore(identity).catch((problem: unknown) => {
    // The chunk could not be loaded; the next try may have a network.
    opened.delete(identity);
    throw problem;
  });
  opened.set(identity, opening);
  return opening;
}
