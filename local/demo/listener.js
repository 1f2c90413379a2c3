// Waiting for a document to change, as an app does: by listening to it.

import {onSnapshot} from "firebase/firestore";

const PATIENCE_MS = 30_000;

export class Listener {
  /** What the document has held so far, the present last. */
  seen = [];
  /** Whether the present comes from the server. */
  isCurrent = false;
  #look = () => {};
  #fail = () => {};

  /** Begins to listen. */
  constructor(reference) {
    this.path = reference.path;
    const hear = (snapshot) => {
      this.seen.push(snapshot.data() ?? {});
      this.isCurrent = !snapshot.metadata.fromCache;
      this.#look();
    };
    const all = {includeMetadataChanges: true};
    this.stop = onSnapshot(reference, all, hear, (error) => this.#fail(error));
  }

  /**
   * Waits until the document is as awaited; returns what it has held.
   *
   * Fails if that has not come within 30 seconds, or if the rules forbid to listen.
   */
  async until(isAwaited) {
    let timer;
    try {
      await new Promise((resolve, reject) => {
        const late = () => reject(new Error(`${this.path} did not become what was awaited`));
        timer = setTimeout(late, PATIENCE_MS);
        this.#fail = reject;
        this.#look = () => this.seen.length > 0 && isAwaited(this.seen.at(-1)) && resolve();
        this.#look();
      });
    } finally {
      clearTimeout(timer);
    }
    return this.seen;
  }
}
