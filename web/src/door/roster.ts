// The event's tickets as the device knows them: hashes and counts, no guests and no tokens.

import type {DoorDatabase, KeptEntry, RosterHead} from "./database";
import type {Admission, Effect, RosterEntry, RosterPage} from "./model";
import {withPending} from "./offline";

/** Asks for one page; throws whatever the call throws. */
export type FetchPage = (input: {eventId: string; cursor?: string; limit: number}) => Promise<RosterPage>;

const PAGE = 500;

/** The roster of one event, in memory for the verdicts and in IndexedDB for the next start. */
export class Roster {
  private readonly entries = new Map<string, KeptEntry>();
  private readonly byHash = new Map<string, string>();
  /**
   * How many changes there had been when this device changed a batch itself; pages that were asked
   * for before do not undo it. Not by the clock, which somebody may set right meanwhile.
   */
  private readonly touched = new Map<string, number>();
  private changes = 0;
  private isCleared = false;

  private constructor(
    private readonly db: DoorDatabase,
    readonly eventId: string,
    public head: RosterHead | null,
  ) {}

  /** Opens what an earlier run of the page has kept. */
  static async open(db: DoorDatabase, eventId: string): Promise<Roster> {
    const roster = new Roster(db, eventId, (await db.get("heads", eventId)) ?? null);
    for (const entry of await db.getAllFromIndex("entries", "event", eventId)) roster.learn(entry);
    return roster;
  }

  /** The batch that a token's hash belongs to, as its code or as one that another has replaced. */
  find(hash: string): RosterEntry | undefined {
    const ragerId = this.byHash.get(hash);
    return ragerId === undefined ? undefined : this.entries.get(ragerId);
  }

  get(ragerId: string): RosterEntry | undefined {
    return this.entries.get(ragerId);
  }

  get size(): number {
    return this.entries.size;
  }

  /** How many people are inside, with what the device's own scans have changed since. */
  inside(pending: ReadonlyMap<string, Effect>): number {
    let people = 0;
    for (const entry of this.entries.values()) {
      const change = pending.get(entry.ragerId);
      const now = change === undefined ? entry : withPending(entry, change);
      people += now.usedCount - (now.outside ?? 0);
    }
    return people;
  }

  /**
   * Fetches what has changed, page by page; what has come stays if a later page fails.
   *
   * @throws what `fetchPage` throws; of a cursor that the till does not know it begins anew.
   */
  async sync(fetchPage: FetchPage, now: () => number = Date.now): Promise<void> {
    for (let more = true; more; ) {
      const cursor = this.head?.cursor;
      const asked = this.changes;
      let page: RosterPage;
      try {
        page = await fetchPage({eventId: this.eventId, limit: PAGE, ...(cursor === undefined ? {} : {cursor})});
      } catch (problem) {
        if (cursor !== undefined && isBrokenCursor(problem)) this.head = null;
        throw problem;
      }
      await this.merge(page, asked, now());
      more = page.more && !this.isCleared;
    }
  }

  /** Forgets everything, for good: a phone that is no device any more must not keep it. */
  async clear(): Promise<void> {
    this.isCleared = true;
    this.entries.clear();
    this.byHash.clear();
    this.head = null;
    const tx = this.db.transaction(["entries", "heads"], "readwrite");
    const entries = tx.objectStore("entries");
    for (const key of await entries.index("event").getAllKeys(this.eventId)) void entries.delete(key);
    void tx.objectStore("heads").delete(this.eventId);
    await tx.done;
  }

  /**
   * Takes over the counts of a batch that the till has just told.
   *
   * @param replayed whether they are of an earlier time, and may have been overtaken: then they
   *   only count if they tell of admissions that the roster does not know yet.
   */
  async apply(ragerId: string, change: Partial<RosterEntry> & {usedCount: number}, replayed: boolean): Promise<void> {
    const entry = this.entries.get(ragerId);
    if (entry === undefined || (replayed && change.usedCount <= entry.usedCount)) return;
    const changed = {...entry, ...change};
    this.learn(changed);
    this.changes += 1;
    this.touched.set(ragerId, this.changes);
    await this.db.put("entries", changed);
  }

  /** Takes over the counts that an answer of `scanTicket` tells. */
  async answered(answer: Admission, gate: string, at: Date): Promise<void> {
    const {ragerId, usedCount, remaining, replayed} = answer;
    const outside = usedCount - (answer.inside ?? usedCount);
    const lastScan = {at: at.toISOString(), gate};
    await this.apply(ragerId, {usedCount, remaining, outside, lastScan}, replayed);
  }

  private async merge(page: RosterPage, asked: number, at: number): Promise<void> {
    // The page was on its way; without those before it the rest would look like the whole.
    if (this.isCleared) return;
    const tx = this.db.transaction(["entries", "heads"], "readwrite");
    for (const entry of page.entries) {
      // This page may have been read before the answer that told us; the change comes again.
      if ((this.touched.get(entry.ragerId) ?? 0) > asked) continue;
      const kept = {...entry, outside: entry.outside ?? 0, eventId: this.eventId};
      this.learn(kept);
      void tx.objectStore("entries").put(kept);
    }
    this.head = {
      eventId: this.eventId,
      cursor: page.cursor,
      publicKeys: page.publicKeys,
      event: page.event,
      complete: (this.head?.complete ?? false) || !page.more,
      at: page.more ? (this.head?.at ?? 0) : at,
      toldAt: page.more ? (this.head?.toldAt ?? null) : page.serverTime,
    };
    void tx.objectStore("heads").put(this.head);
    await tx.done;
  }

  private learn(entry: KeptEntry): void {
    this.entries.set(entry.ragerId, entry);
    for (const hash of [...entry.previousTokenHashes, entry.tokenHash]) this.byHash.set(hash, entry.ragerId);
  }
}

function isBrokenCursor(problem: unknown): boolean {
  return typeof problem === "object" && problem !== null && "reason" in problem && problem.reason === "invalid_field";
}
