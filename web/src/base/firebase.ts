// The page's Firebase app: which project, and where it is, is told by two files beside the page.
//
// Firebase Hosting serves `/__/firebase/init.json` for the project that the site belongs to.
// `/config.json` is ours: all null when deployed; the local stack says there where its emulators are.

import {type FirebaseApp, initializeApp} from "firebase/app";
import {type Auth, connectAuthEmulator, indexedDBLocalPersistence, initializeAuth, inMemoryPersistence} from "firebase/auth";
import {connectFunctionsEmulator, type Functions, getFunctions} from "firebase/functions";

/** Where every function of the backend is deployed. */
export const REGION = "us-central1";

export interface Config {
  /** The reCAPTCHA Enterprise key of App Check, for a project that enforces it. */
  appCheckSiteKey: string | null;
  /** Addresses of the local stack's emulators; null for a real project. */
  emulators: {auth: string; firestore: string; functions: string} | null;
}

/** One signed-in identity and the functions that it calls. */
export interface Identity {
  app: FirebaseApp;
  auth: Auth;
  functions: Functions;
  config: Config;
}

/** Thrown when the page cannot learn which project it belongs to. */
export class SetupError extends Error {}

const CONFIG = "/config.json";
const INIT = "/__/firebase/init.json";
const KEPT = "firetill-setup";

/**
 * Opens a Firebase app.
 *
 * The setup is kept in the browser, so that an installed page starts without a network too.
 *
 * @param name of the app. The browser keeps sign-ins by it for the whole site: pages that share a
 *   name share who is signed in, and a device at the door must never become the operator.
 * @param options.remembered whether its sign-in outlives the page; it does unless told.
 * @param options.seconds how long to wait for an earlier sign-in, which a network that hangs keeps
 *   from being confirmed; later `auth.authStateReady()` still tells.
 * @throws SetupError if neither the site nor an earlier visit says which project this is.
 */
export async function open(
  name: string,
  {remembered = true, seconds = Infinity}: {remembered?: boolean; seconds?: number} = {},
): Promise<Identity> {
  const {config, options} = await setup();
  const app = initializeApp(options, name);
  if (config.appCheckSiteKey !== null) {
    const {initializeAppCheck, ReCaptchaEnterpriseProvider} = await import("firebase/app-check");
    initializeAppCheck(app, {
      provider: new ReCaptchaEnterpriseProvider(config.appCheckSiteKey),
      isTokenAutoRefreshEnabled: true,
    });
  }
  const auth = initializeAuth(app, {persistence: remembered ? indexedDBLocalPersistence : inMemoryPersistence});
  const functions = getFunctions(app, REGION);
  if (config.emulators !== null) {
    connectAuthEmulator(auth, config.emulators.auth, {disableWarnings: true});
    const {hostname, port} = new URL(config.emulators.functions);
    connectFunctionsEmulator(functions, hostname, Number(port));
  }
  await Promise.race([auth.authStateReady(), ...(seconds === Infinity ? [] : [after(seconds)])]);
  return {app, auth, functions, config};
}

/** Opens Firestore for an identity; loaded only by who listens. */
export async function openFirestore({app, config}: Identity) {
  const {connectFirestoreEmulator, initializeFirestore} = await import("firebase/firestore");
  const firestore = initializeFirestore(app, {});
  if (config.emulators !== null) {
    const [host = "127.0.0.1", port = "8080"] = config.emulators.firestore.split(":");
    connectFirestoreEmulator(firestore, host, Number(port));
  }
  return firestore;
}

interface Setup {
  config: Config;
  options: Record<string, string>;
}

async function setup(): Promise<Setup> {
  try {
    // Where an earlier visit has told, a network that hangs must not keep the page from starting.
    const seconds = localStorage.getItem(KEPT) === null ? 30 : 3;
    const [config, options] = await Promise.all([
      read<Config>(CONFIG, seconds),
      read<Setup["options"]>(INIT, seconds),
    ]);
    // The SDK insists on a key; emulators take any.
    const found = {config, options: {apiKey: "local", ...options}};
    localStorage.setItem(KEPT, JSON.stringify(found));
    return found;
  } catch (problem) {
    const kept = localStorage.getItem(KEPT);
    if (kept !== null) return JSON.parse(kept) as Setup;
    throw new SetupError("This page could not learn which project it belongs to. Check the connection and reload.", {cause: problem});
  }
}

function after(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

async function read<T>(path: string, seconds: number): Promise<T> {
  const answer = await fetch(path, {cache: "no-store", signal: AbortSignal.timeout(seconds * 1000)});
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return (await answer.json()) as T;
}
