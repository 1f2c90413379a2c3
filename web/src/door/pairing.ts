// Making this phone a device of an event: an anonymous account of its own, which a code lets in.

import {deleteApp} from "firebase/app";
import {signInAnonymously, signOut} from "firebase/auth";
import {call} from "../base/calls";
import {type Identity, open} from "../base/firebase";
import {firestoreOf} from "./firestore";
import type {Device, Role} from "./model";

export interface PublicEvent {
  eventId: string;
  name: string;
}

export interface CodeInput {
  eventId: string;
  name: string;
  gate: string;
  role: Role;
}

/** What the console's QR code says before the code itself. */
export const PAIRING_PREFIX = "FTPAIR:";

let stewards = 0;

/** Opens an identity for a steward's own sign-in, which no reload outlives. */
export function openSteward(): Promise<Identity> {
  stewards += 1;
  return open(`steward-${stewards}`, {remembered: false});
}

/** Forgets a steward's sign-in. */
export async function closeSteward(steward: Identity): Promise<void> {
  await signOut(steward.auth);
  await deleteApp(steward.app);
}

/** The events that are on, by name. */
export async function activeEvents(identity: Identity): Promise<PublicEvent[]> {
  const {collection, getDocs, limit, query, where} = await import("firebase/firestore");
  const firestore = await firestoreOf(identity);
  const found = await getDocs(query(collection(firestore, "events"), where("active", "==", true), limit(100)));
  return found.docs
    .map((event) => ({eventId: event.id, name: String(event.get("name") ?? event.id)}))
    .sort((one, other) => one.name.localeCompare(other.name));
}

/**
 * Has a signed-in steward make a pairing code.
 * @throws Refusal such as `not_staff`; NoAnswer.
 */
export async function createPairingCode(steward: Identity, input: CodeInput): Promise<string> {
  const made = await call<{pairingCode: string}>(steward.functions, "createPairingCode", input);
  return made.pairingCode;
}

/**
 * Pairs this phone by a code.
 *
 * A revoked phone gets a new account, so that the one that was revoked stays so. Any other keeps
 * its own: a code that was mistyped must not cost it that, nor what waits its right to be uploaded.
 *
 * @param before what this phone was until now.
 * @throws Refusal such as `pairing_code_invalid`; NoAnswer.
 */
export async function pairDevice(identity: Identity, code: string, before: Device | null): Promise<Device> {
  const {auth, functions} = identity;
  const wasRevoked = before !== null && before.revokedAt !== null;
  if (wasRevoked && auth.currentUser?.uid === before.deviceId) await signOut(auth);
  if (auth.currentUser === null) await signInAnonymously(auth);
  const pairingCode = code.trim().replace(PAIRING_PREFIX, "");
  const paired = await call<Omit<Device, "direction" | "revokedAt">>(functions, "pairDevice", {pairingCode});
  const {deviceId, eventId, name, gate, role} = paired;
  return {deviceId, eventId, name, gate, role, direction: "in", revokedAt: null};
}
