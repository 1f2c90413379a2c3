// The device's own document: a revocation reaches the phone within seconds.

import type {Timestamp} from "firebase/firestore";
import type {Identity} from "../base/firebase";
import {firestoreOf} from "./firestore";
import type {Device} from "./model";

const AGAIN_MS = 15_000;

/**
 * Listens to the device's document until the returned function is called.
 *
 * @param revoked is told when, in ISO 8601.
 */
export function watchRevocation(identity: Identity, device: Device, revoked: (at: string) => void): () => void {
  let stop: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  // The SDK heals a broken line itself, not a listener that was refused or a chunk that did not come.
  function again(problem: unknown): void {
    console.warn("The device's document cannot be listened to now.", problem);
    if (!ended) timer = setTimeout(() => void listen().catch(again), AGAIN_MS);
  }

  async function listen(): Promise<void> {
    const {doc, onSnapshot} = await import("firebase/firestore");
    const firestore = await firestoreOf(identity);
    if (ended) return;
    stop = onSnapshot(
      doc(firestore, "events", device.eventId, "devices", device.deviceId),
      (found) => {
        const at = found.get("revokedAt") as Timestamp | null | undefined;
        if (at !== undefined && at !== null) revoked(at.toDate().toISOString());
      },
      again,
    );
  }

  void listen().catch(again);
  return () => {
    ended = true;
    clearTimeout(timer);
    stop?.();
  };
}
