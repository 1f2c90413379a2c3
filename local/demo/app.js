// A customer's app: everything here goes through the official Firebase JS client, as that
// customer, under the real security rules.

import {randomUUID} from "node:crypto";
import {deleteApp, initializeApp} from "firebase/app";
import {connectAuthEmulator, createUserWithEmailAndPassword, getAuth} from "firebase/auth";
import {
  collection,
  connectFirestoreEmulator,
  doc,
  getDocFromServer,
  getDocsFromServer,
  getFirestore,
  orderBy,
  query,
  setDoc,
  setLogLevel,
  terminate,
  where,
} from "firebase/firestore";
import {connectFunctionsEmulator, getFunctions, httpsCallable} from "firebase/functions";

import {EMPTY} from "./books.js";
import {Listener} from "./listener.js";

setLogLevel("error"); // what the rules forbid is thrown, and need not be logged as a warning too

export class App {
  /** Opens the app on a stack: `projectId`, `authUrl`, `functionsUrl`, `firestoreUrl`. */
  constructor(stack) {
    this.app = initializeApp({apiKey: "local", projectId: stack.projectId}, randomUUID());
    this.auth = getAuth(this.app);
    this.firestore = getFirestore(this.app);
    this.functions = getFunctions(this.app, "us-central1");
    const [firestore, functions] = [new URL(stack.firestoreUrl), new URL(stack.functionsUrl)];
    connectAuthEmulator(this.auth, stack.authUrl, {disableWarnings: true});
    connectFirestoreEmulator(this.firestore, firestore.hostname, Number(firestore.port));
    connectFunctionsEmulator(this.functions, functions.hostname, Number(functions.port));
  }

  /** Signs a new user up with email and password; returns the user's id. */
  async signUp(name) {
    const email = `${name}-${randomUUID().slice(0, 8)}@example.com`;
    const {user} = await createUserWithEmailAndPassword(this.auth, email, "correct horse");
    return user.uid;
  }

  get uid() {
    return this.auth.currentUser.uid;
  }

  /** Calls a function; a refusal is thrown with its `code` and `details`. */
  async call(name, input) {
    const {data} = await httpsCallable(this.functions, name)(input);
    return data;
  }

  /** Calls a function that must refuse; returns the refusal. */
  async refusal(name, input) {
    try {
      await this.call(name, input);
    } catch (error) {
      return error;
    }
    throw new Error(`${name} was not refused`);
  }

  /** Reads a document; null if there is none. */
  async read(path) {
    const found = await getDocFromServer(doc(this.firestore, path));
    return found.exists() ? found.data() : null;
  }

  /** Writes fields of a document, and leaves its other fields as they are. */
  async write(path, fields) {
    await setDoc(doc(this.firestore, path), fields, {merge: true});
  }

  /** Reads the user's own wallet; a user without one has an empty wallet. */
  async wallet() {
    return walletIn(await this.read(`users/${this.uid}`));
  }

  /** Reads the user's own ledger entries, the first one first. */
  async ledger() {
    const own = where("userId", "==", this.uid);
    const entries = query(collection(this.firestore, "ledger"), own, orderBy("seq"));
    return (await getDocsFromServer(entries)).docs.map((entry) => entry.data());
  }

  /**
   * Begins to listen to a document; returns the listener once it is up to date.
   *
   * Whatever is to change the document should come after that: the Firestore emulator may lose a
   * change that comes while a listener is being set up.
   */
  async listen(path) {
    const listener = new Listener(doc(this.firestore, path));
    await listener.until(() => listener.isCurrent);
    return listener;
  }

  /** Closes the app's connections, so that the process can end. */
  async close() {
    await terminate(this.firestore);
    await deleteApp(this.app);
  }
}

/** The wallet in a user's document. */
export function walletIn(user) {
  return {...EMPTY, ...user?.wallet};
}
