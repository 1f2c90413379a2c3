// One sound and one vibration for each verdict, to be told apart without looking.

import type {Kind} from "./verdict";

/** Tones one after the other: Hz (0 is silence) and ms. */
type Tune = readonly (readonly [hertz: number, ms: number])[];

interface Signal {
  tune: Tune;
  wave: OscillatorType;
  /** ms on, off, on … */
  vibration: number[];
}

const DENIED: Signal = {tune: [[220, 180], [0, 40], [160, 320]], wave: "sawtooth", vibration: [250, 80, 250]};

const SIGNALS: Readonly<Record<Kind, Signal>> = {
  admit: {tune: [[880, 90], [1320, 160]], wave: "sine", vibration: [80]},
  "offline-admit": {tune: [[880, 90], [0, 50], [880, 90], [1175, 160]], wave: "triangle", vibration: [80, 60, 80]},
  forced: {tune: [[660, 90], [880, 90], [660, 160]], wave: "triangle", vibration: [60, 40, 60, 40, 60]},
  "welcome-back": {tune: [[1047, 90], [1319, 90], [1568, 160]], wave: "sine", vibration: [60, 40, 60]},
  goodbye: {tune: [[1320, 90], [880, 180]], wave: "sine", vibration: [120]},
  "already-used": {tune: [[330, 140], [0, 50], [330, 140], [0, 50], [330, 240]], wave: "square", vibration: [150, 70, 150, 70, 150]},
  "too-few": {tune: [[392, 160], [330, 160], [262, 260]], wave: "square", vibration: [120, 60, 200]},
  "wrong-event": {tune: [[523, 140], [262, 300]], wave: "square", vibration: [300, 80, 100]},
  revoked: DENIED,
  transferred: {tune: [[247, 160], [0, 40], [196, 160], [0, 40], [147, 280]], wave: "sawtooth", vibration: [200, 60, 200, 60, 200]},
  refunded: {tune: [[196, 240], [0, 60], [196, 240]], wave: "sawtooth", vibration: [350, 80, 350]},
  inactive: {tune: [[294, 300], [0, 40], [220, 200]], wave: "sawtooth", vibration: [250, 60, 100]},
  unknown: {tune: [[185, 420]], wave: "square", vibration: [400]},
  forged: {tune: [[140, 120], [0, 40], [140, 120], [0, 40], [110, 420]], wave: "sawtooth", vibration: [100, 50, 100, 50, 500]},
  "not-now": {tune: [[440, 200], [0, 60], [392, 260]], wave: "triangle", vibration: [200, 100, 100]},
  "not-inside": {tune: [[392, 140], [0, 60], [494, 140], [0, 60], [392, 200]], wave: "triangle", vibration: [100, 80, 200]},
  "no-answer": {tune: [[587, 120], [0, 120], [587, 120]], wave: "sine", vibration: [60, 120, 60]},
  "not-allowed": {tune: [[175, 500]], wave: "sawtooth", vibration: [600]},
  outdated: {tune: [[494, 120], [0, 60], [440, 200]], wave: "triangle", vibration: [100, 60, 100]},
  refused: {tune: [[208, 360]], wave: "square", vibration: [350]},
};

const VOLUME = 0.25;

/** Plays signals; a browser allows sound only after the page was touched once. */
export class Sounder {
  private context: AudioContext | undefined;
  muted = false;

  /** Call on a touch or a key. */
  unlock(): void {
    this.context ??= new AudioContext();
    if (this.context.state === "suspended") void this.context.resume();
  }

  /** Signals a verdict; what the phone cannot do is left out. */
  play(kind: Kind): void {
    const {tune, wave, vibration} = SIGNALS[kind];
    navigator.vibrate?.(vibration);
    const {context} = this;
    if (this.muted || context === undefined || context.state !== "running") return;
    const gain = context.createGain();
    gain.connect(context.destination);
    const oscillator = context.createOscillator();
    oscillator.type = wave;
    oscillator.connect(gain);
    let at = context.currentTime;
    oscillator.start(at);
    for (const [hertz, ms] of tune) {
      if (hertz > 0) oscillator.frequency.setValueAtTime(hertz, at);
      gain.gain.setValueAtTime(hertz > 0 ? VOLUME : 0, at);
      at += ms / 1000;
    }
    oscillator.stop(at);
  }
}
