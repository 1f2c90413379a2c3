// The scanner behind its views: what is paired, what is known, what waits, what is on the screen.

import type {Identity} from "../base/firebase";
import {Attempts} from "./attempts";
import {Connection, type Link} from "./connection";
import {type DoorDatabase, openDatabase, type Preferences} from "./database";
import type {Device, Direction, RosterEvent} from "./model";
import {type Counts, Queue} from "./queue";
import {watchRevocation} from "./revocation";
import {Roster} from "./roster";
import {Rounds} from "./rounds";
import {type Note, Scanning, type Screen} from "./scanning";
import {Sounder} from "./sound";
import {surroundings} from "./surroundings";
import {Till} from "./till";

/** `lost` is a phone that was paired and whose sign-in the browser has forgotten. */
export type Phase = "pairing" | "ready" | "revoked" | "lost";

/** All that the views show. */
export interface View {
  phase: Phase;
  device: Device | null;
  screen: Screen;
  /** The last verdict, to be looked at again. */
  last: (Screen & {state: "verdict"}) | null;
  note: Note | null;
  link: Link;
  counts: Counts;
  event: RosterEvent | null;
  /** When the roster was last complete, in ms. */
  rosterAt: number | null;
  /** Tickets' batches in the roster. */
  rosterSize: number;
  /** Null while there is no roster. */
  inside: number | null;
  /** How far this device's clock is ahead of the till's, in ms. */
  clockAhead: number;
  preferences: Preferences;
}

const NOTE_MS = 2500;

export class Door {
  readonly sounder = new Sounder();
  readonly till: Till;
  readonly scanning: Scanning;
  view: View;
  private readonly listeners = new Set<() => void>();
  private readonly rounds: Rounds;
  private noteTimer: ReturnType<typeof setTimeout> | undefined;
  private stopWatching: (() => void) | undefined;
  private roster: Roster | null = null;
  private authIsReady = false;

  private constructor(
    readonly identity: Identity,
    private readonly db: DoorDatabase,
    readonly queue: Queue,
    readonly connection: Connection,
    preferences: Preferences,
  ) {
    this.till = new Till(connection);
    this.rounds = new Rounds(this.till, queue, {
      device: () => this.view.device,
      roster: () => this.roster,
      isOnline: () => connection.link === "online",
      learnt: () => this.refresh(),
      reported: (answer, clockAhead) => {
        const {device} = this.view;
        if (device === null) return;
        this.set({clockAhead});
        if (answer.name !== device.name || answer.role !== device.role) {
          void this.keepDevice({...device, name: answer.name, role: answer.role});
        }
      },
    });
    this.scanning = new Scanning(
      surroundings({
        till: this.till,
        queue,
        connection,
        attempts: new Attempts(db),
        device: () => this.view.device,
        roster: () => this.roster,
        learnt: () => this.refresh(),
        show: (screen) => this.show(screen),
        say: (note) => this.say(note),
      }),
    );
    this.view = {
      phase: "pairing",
      device: null,
      screen: {state: "idle"},
      last: null,
      note: null,
      link: connection.link,
      counts: queue.counts(),
      event: null,
      rosterAt: null,
      rosterSize: 0,
      inside: null,
      clockAhead: 0,
      preferences,
    };
    this.sounder.muted = preferences.muted;
    queue.changed = () => {
      this.refresh();
      this.rounds.queueChanged();
    };
    connection.changed = () => this.set({link: connection.link});
  }

  /**
   * Opens what the phone has kept and goes on where it stopped.
   *
   * @param closed the browser has closed the database under the page: nothing can be kept any more.
   */
  static async start(identity: Identity, closed: () => void): Promise<Door> {
    const db = await openDatabase(undefined, closed);
    const queue = await Queue.open(db);
    await queue.prune();
    const preferences = (await db.get("preferences", "preferences")) ?? {cameraId: null, muted: false};
    const door = new Door(identity, db, queue, new Connection(identity.functions), preferences);
    const device = await db.get("device", "device");
    if (device !== undefined) await door.begin(device);
    void identity.auth.authStateReady().then(() => {
      door.authIsReady = true;
      // Also in the middle of the night, such as when somebody deletes the account.
      identity.auth.onAuthStateChanged(() => {
        const {phase, device: paired} = door.view;
        if (phase === "ready" && paired !== null && door.isSignedOut(paired)) void door.begin(paired);
      });
    });
    return door;
  }

  /** Calls `listener` after each change of `view`. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** This phone was paired. What waits from before stays. */
  async paired(device: Device): Promise<void> {
    // Of another event it must decide nothing, not even until that event's own is open.
    this.roster = null;
    await this.keepDevice(device);
    // Some may have been refused only because the phone was no device just then.
    await this.queue.retryParked();
    await this.begin(device);
  }

  async setDirection(direction: Direction): Promise<void> {
    await this.change({direction});
  }

  async setGate(gate: string): Promise<void> {
    await this.change({gate});
  }

  async setPreferences(change: Partial<Preferences>): Promise<void> {
    const preferences = {...this.view.preferences, ...change};
    this.sounder.muted = preferences.muted;
    this.set({preferences});
    await this.db.put("preferences", preferences, "preferences");
  }

  /**
   * Takes an admission back.
   * @throws Refusal or NoAnswer.
   */
  async undo(eventId: string, scanId: string, reason: string): Promise<void> {
    await this.till.undo(eventId, scanId, reason);
    await this.queue.move(scanId, "undone", reason);
    if (this.view.last?.input.scanId === scanId) this.set({last: null});
    this.scanning.forget();
    void this.rounds.go();
  }

  /** Sends parked scans once more. */
  async retryParked(): Promise<void> {
    await this.queue.retryParked();
    await this.rounds.go();
  }

  /** The browser has lost or found a network. */
  networkChanged(isThere: boolean): void {
    if (!isThere) this.connection.lost();
    void this.rounds.go();
  }

  private async begin(device: Device): Promise<void> {
    this.stopWatching?.();
    this.roster = await Roster.open(this.db, device.eventId);
    const phase = device.revokedAt !== null ? "revoked" : this.isSignedOut(device) ? "lost" : "ready";
    this.scanning.dismiss();
    this.scanning.forget();
    this.set({phase, device, last: null});
    this.refresh();
    if (phase === "revoked") await this.roster.clear();
    if (phase !== "ready") return this.rounds.stop();
    this.stopWatching = watchRevocation(this.identity, device, (at) => void this.revoked(at));
    this.rounds.start();
  }

  /** Whether the browser has lost this device's account. While it cannot tell, the device works. */
  private isSignedOut({deviceId}: Device): boolean {
    return this.authIsReady && this.identity.auth.currentUser?.uid !== deviceId;
  }

  private async revoked(at: string): Promise<void> {
    const {device} = this.view;
    if (device === null || device.revokedAt !== null) return;
    this.stopWatching?.();
    this.rounds.stop();
    this.scanning.dismiss();
    this.set({phase: "revoked", last: null});
    await this.keepDevice({...device, revokedAt: at});
    await this.roster?.clear();
    this.refresh();
  }

  private async change(change: Partial<Device>): Promise<void> {
    const {device} = this.view;
    if (device === null) return;
    this.scanning.forget(); // the change counts from here on, whenever it has been written down
    await this.keepDevice({...device, ...change});
    this.rounds.report();
  }

  private async keepDevice(device: Device): Promise<void> {
    this.set({device});
    await this.db.put("device", device, "device");
  }

  private show(screen: Screen): void {
    this.set(screen.state === "verdict" ? {screen, last: screen, note: null} : {screen});
    if (screen.state === "verdict" && !screen.held) this.sounder.play(screen.verdict.kind);
  }

  private say(note: Note): void {
    this.set({note});
    clearTimeout(this.noteTimer);
    this.noteTimer = setTimeout(() => this.set({note: null}), NOTE_MS);
  }

  private refresh(): void {
    const {roster} = this;
    const head = roster?.head ?? null;
    this.set({
      counts: this.queue.counts(),
      event: head?.event ?? null,
      rosterAt: head === null || head.at === 0 ? null : head.at,
      rosterSize: roster?.size ?? 0,
      inside: roster === null || head?.complete !== true ? null : roster.inside(this.queue.pending(roster.eventId)),
    });
  }

  private set(change: Partial<View>): void {
    this.view = {...this.view, ...change};
    for (const listener of this.listeners) listener();
  }
}
