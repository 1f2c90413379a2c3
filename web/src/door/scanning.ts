// From a code that is seen to a verdict that is shown. Never green before somebody has answered.

import {Refusal} from "../base/calls";
import {LONGEST_CODE} from "./code";
import type {Admission, Direction, Effect, KeptScan, ScanInput} from "./model";
import {NO_EFFECT} from "./model";
import type {Decision} from "./offline";
import {fromAdmission, fromRefusal, isGood, noAnswer, type Verdict} from "./verdict";

/** What is scanned: a code, or a guest that a supervisor has searched for. */
export type Target = {code: string} | {userId: string; name: string; expectedVersion: number};

export type Screen =
  | {state: "idle"}
  | {state: "checking"; target: Target; input: ScanInput}
  | {state: "verdict"; target: Target; input: ScanInput; verdict: Verdict; held: boolean};

/** Why a code that was seen is let pass. */
export type Note = "same-code" | "still-checking" | "tap-first" | "pairing-code";

/** What scanning needs of the rest of the page. */
export interface Surroundings {
  /** Who and where this device is. */
  place: () => {eventId: string; gate: string; device: string; direction: Direction};
  /**
   * Asks the till, for 3 s at most.
   * @throws Refusal if it says no; anything else means that there was no answer.
   */
  ask: (input: ScanInput) => Promise<Admission>;
  /** Whether the till has not answered lately, so that asking first would only cost time. */
  isOffline: () => boolean;
  /** Whether the event lets the device decide alone. */
  mayDecide: () => boolean;
  /** Decides by the roster; null while there is none. */
  decide: (code: string, count: number, direction: Direction) => Promise<Decision | null>;
  /** What a forced admission takes from which batch, by the roster. */
  forced: (code: string, count: number) => Promise<Effect & {ragerId: string | null}>;
  /** Writes a scan down; only then may its verdict be shown. */
  keep: (scan: KeptScan) => Promise<void>;
  /** The till has let guests in or out. */
  answered: (answer: Admission, input: ScanInput) => Promise<void>;
  /** An earlier attempt at the same that was never answered, so that it counts once. */
  unanswered: (input: ScanInput) => Promise<ScanInput | null>;
  began: (input: ScanInput) => Promise<void>;
  ended: (input: ScanInput) => Promise<void>;
  newId: () => string;
  now: () => Date;
  show: (screen: Screen) => void;
  say: (note: Note) => void;
}

/** How long the same code is taken for the same sight of it, after it was last seen. */
export const SAME_CODE_MS = 8000;
/** How long a success stays; longer while more of the party may come. */
export const SUCCESS_MS = 1600;
export const PARTY_MS = 6000;
/** How soon an unanswered scan is tried again. */
export const RETRY_MS = 2500;

/** The scanner's states. Every way into a scan goes through `see` or `start`. */
export class Scanning {
  private screen: Screen = {state: "idle"};
  private last: {code: string; at: number} | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private turn = 0;

  constructor(private readonly around: Surroundings) {}

  /** A code was seen, by whatever reads codes. */
  see(raw: string): void {
    const code = raw.trim();
    if (code === "") return;
    if (code.startsWith("FTPAIR:")) return this.around.say("pairing-code");
    const now = this.around.now().getTime();
    const isSame = this.last?.code === code;
    const recently = isSame && now - (this.last?.at ?? 0) < SAME_CODE_MS;
    if (isSame && (recently || this.screen.state !== "idle")) {
      this.last = {code, at: now};
      return this.around.say("same-code");
    }
    if (this.screen.state === "checking") return this.around.say("still-checking");
    if (this.screen.state === "verdict" && (this.screen.held || !isGood(this.screen.verdict))) {
      return this.around.say("tap-first");
    }
    this.last = {code, at: now};
    void this.start({code}, 1);
  }

  /** Scans a target for `count` people, in the direction of this door unless told. */
  async start(target: Target, count: number, direction = this.around.place().direction): Promise<void> {
    const {eventId, gate, device} = this.around.place();
    const input: ScanInput = {
      scanId: this.around.newId(),
      eventId,
      gate,
      device,
      direction,
      count,
      ...("code" in target
        ? // Longer than any code can be, it is none; the till takes 400 characters.
          {token: target.code.slice(0, 400)}
        : {userId: target.userId, expectedVersion: target.expectedVersion}),
    };
    const turn = this.enter({state: "checking", target, input});
    const earlier = await this.around.unanswered(input).catch(() => null);
    await this.run(turn, target, earlier ?? input, earlier !== null);
  }

  /** Lets the rest of the party in or out, as the verdict that is up says, wherever the door has turned. */
  async more(count: number): Promise<void> {
    const {screen} = this;
    if (screen.state === "verdict") await this.start(screen.target, count, screen.input.direction);
  }

  /** Tries an unanswered scan again now, under the same id. */
  async retry(): Promise<void> {
    const {screen} = this;
    if (screen.state !== "verdict" || screen.verdict.kind !== "no-answer") return;
    const turn = this.enter({state: "checking", target: screen.target, input: screen.input});
    await this.run(turn, screen.target, screen.input, true);
  }

  /** Lets the guests in against the verdict that is up. Offline it waits in the queue. */
  async force(reason: string): Promise<void> {
    const {screen} = this;
    if (screen.state !== "verdict" || !("code" in screen.target)) return;
    const {target} = screen;
    // An unanswered scan may have let them in already; under its id that counts once.
    const isOpen = screen.verdict.kind === "no-answer";
    const input = isOpen ? screen.input : {...screen.input, scanId: this.around.newId()};
    const scan = this.kept(input, target, {
      ...(await this.around.forced(target.code, input.count)),
      verdict: "admitted",
      state: "queued",
      offline: true,
      forcedReason: reason,
    });
    await this.around.keep(scan);
    await this.around.ended(screen.input);
    const verdict: Verdict = {...screen.verdict, kind: "forced", offline: false, batch: null};
    this.enter({state: "verdict", target, input, verdict, held: false});
  }

  /** Shows an earlier verdict again, to act on it. */
  reopen(shown: Screen & {state: "verdict"}): void {
    if (this.screen.state === "idle") this.enter({...shown, held: true});
  }

  /** Keeps a success up until it is dismissed, because somebody is busy with it. */
  hold(): void {
    if (this.screen.state !== "verdict" || this.screen.held) return;
    clearTimeout(this.timer);
    this.screen = {...this.screen, held: true};
    this.around.show(this.screen);
  }

  /** Goes on to the next guest. */
  dismiss(): void {
    if (this.last !== null) this.last = {...this.last, at: this.around.now().getTime()};
    this.enter({state: "idle"});
  }

  /** Forgets which code was seen last: at another gate or in another direction it is another scan. */
  forget(): void {
    this.last = null;
  }

  private async run(turn: number, target: Target, input: ScanInput, repeated: boolean): Promise<void> {
    let verdict: Verdict;
    try {
      verdict = await this.verdictOf(target, input, repeated);
    } catch {
      // Such as a full disk: what cannot be written down must not be shown as admitted.
      verdict = noAnswer(input.count, "not_kept");
    }
    // Somebody has gone on meanwhile; the scan is kept all the same.
    if (turn !== this.turn) return;
    this.enter({state: "verdict", target, input, verdict, held: false});
  }

  private async verdictOf(target: Target, input: ScanInput, repeated: boolean): Promise<Verdict> {
    const {around} = this;
    const alone = "code" in target && around.mayDecide();
    if (!(alone && around.isOffline())) {
      await around.began(input);
      try {
        const answer = await around.ask(input);
        await this.note(target, input, answer);
        return fromAdmission(answer, input);
      } catch (problem) {
        if (problem instanceof Refusal) {
          await around.ended(input);
          // A denial of then says nothing about now.
          if (repeated && problem.data.replayed === true) {
            return this.verdictOf(target, {...input, scanId: around.newId()}, false);
          }
          const code = "code" in target ? target.code : undefined;
          return fromRefusal(problem.reason, problem.data, input.count, code);
        }
      }
    }
    if (!alone) return noAnswer(input.count, "code" in target ? "offline_not_allowed" : "search_needs_till");
    const decision = await around.decide(target.code, input.count, input.direction);
    if (decision === null) return noAnswer(input.count, "no_roster");
    const {verdict, effect, ragerId} = decision;
    const admitted = isGood(verdict);
    await around.keep(
      this.kept(input, target, {
        ...effect,
        ragerId,
        verdict: admitted ? "admitted" : "denied",
        reason: verdict.reason,
        state: "queued",
        offline: true,
      }),
    );
    await around.ended(input);
    return verdict;
  }

  /** Keeps what the till has answered; it has the scan, so a failure here must not hide its verdict. */
  private async note(target: Target, input: ScanInput, answer: Admission): Promise<void> {
    const {ragerId} = answer;
    try {
      await this.around.keep(
        this.kept(input, target, {verdict: "admitted", state: "recorded", offline: false, ragerId}),
      );
      await this.around.answered(answer, input);
      await this.around.ended(input);
    } catch (problem) {
      console.warn("A scan that the till has could not be noted on the device.", problem);
    }
  }

  private kept(
    input: ScanInput,
    target: Target,
    more: Pick<KeptScan, "verdict" | "state" | "offline" | "ragerId"> & Partial<KeptScan>,
  ): KeptScan {
    return {
      ...NO_EFFECT,
      scanId: input.scanId,
      eventId: input.eventId,
      device: input.device,
      gate: input.gate,
      code: "code" in target ? target.code.slice(0, LONGEST_CODE) : null,
      count: input.count,
      direction: input.direction,
      scannedAt: this.around.now().toISOString(),
      reason: null,
      forcedReason: null,
      note: null,
      ...more,
    };
  }

  private enter(screen: Screen): number {
    clearTimeout(this.timer);
    this.screen = screen;
    this.around.show(screen);
    if (screen.state === "verdict") {
      if (this.last !== null) this.last = {...this.last, at: this.around.now().getTime()};
      if (screen.verdict.kind === "no-answer") {
        this.timer = setTimeout(() => void this.retry(), RETRY_MS);
      } else if (isGood(screen.verdict) && !screen.held) {
        this.timer = setTimeout(() => this.dismiss(), moreOf(screen) > 0 ? PARTY_MS : SUCCESS_MS);
      }
    }
    this.turn += 1;
    return this.turn;
  }
}

/** How many more of the party may go through by the verdict that is up. */
export function moreOf(screen: Screen): number {
  if (screen.state !== "verdict" || screen.verdict.batch === null || !isGood(screen.verdict)) return 0;
  const {remaining, inside, used} = screen.verdict.batch;
  if (screen.input.direction === "out") return inside;
  // Who came back shows that the event lets people come back; the others may be behind.
  return screen.verdict.readmitted > 0 ? remaining + used - inside : remaining;
}
