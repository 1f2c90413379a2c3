// What every view of the console has: the identity, the database, and ways to ask and to tell people.

import type {Firestore} from "firebase/firestore";
import type {Functions} from "firebase/functions";
import {createContext, type ComponentChildren} from "preact";
import {useContext} from "preact/hooks";

/** An action that waits for a person's yes. */
export interface Ask {
  title: string;
  /** What will happen, in words. */
  says: ComponentChildren;
  /** The word on the button. */
  confirm: string;
  danger?: boolean;
  /** The label of the reason's field; without one, no reason is asked for. */
  reason?: string;
  /** Carries it out. Returns what to tell; throws what `call` throws. Called again if there was no answer. */
  run: (reason: string) => Promise<string>;
}

export interface Console {
  firestore: Firestore;
  functions: Functions;
  /** Opens the dialog of an action. */
  ask: (ask: Ask) => void;
  /** Tells something in a corner, and to screen readers. */
  tell: (words: string) => void;
}

export const ConsoleContext = createContext<Console | null>(null);

export function useConsole(): Console {
  const found = useContext(ConsoleContext);
  if (found === null) throw new Error("A view stands outside of the console.");
  return found;
}
