// What scanning needs of the page, put together.

import type {Attempts} from "./attempts";
import {readCode} from "./code";
import type {Connection} from "./connection";
import type {Device} from "./model";
import {NO_EFFECT} from "./model";
import {decide, forcedEffect, type Knowledge} from "./offline";
import type {Queue} from "./queue";
import type {Roster} from "./roster";
import type {Note, Screen, Surroundings} from "./scanning";
import type {Till} from "./till";

interface Parts {
  till: Till;
  queue: Queue;
  connection: Connection;
  attempts: Attempts;
  device: () => Device | null;
  roster: () => Roster | null;
  /** Something of the roster has changed. */
  learnt: () => void;
  show: (screen: Screen) => void;
  say: (note: Note) => void;
}

export function surroundings(parts: Parts): Surroundings {
  const {till, queue, connection, attempts, device, roster, learnt, show, say} = parts;

  /** What the roster and the device's own scans tell, once a whole round of the roster has come. */
  function known(): Knowledge | null {
    const found = roster();
    if (found === null || found.head?.complete !== true) return null;
    const {eventId, head} = found;
    return {
      eventId,
      event: head.event,
      publicKeys: head.publicKeys,
      find: (hash) => found.find(hash),
      pending: (ragerId) => queue.pending(eventId).get(ragerId) ?? NO_EFFECT,
    };
  }

  return {
    place: () => {
      const {eventId = "", gate = "", name = "", direction = "in"} = device() ?? {};
      return {eventId, gate, device: name, direction};
    },
    ask: (input) => till.scan(input),
    isOffline: () => connection.link === "offline",
    mayDecide: () => roster()?.head?.event.offlineAllowed === true,
    decide: async (code, count, direction) => {
      const knowledge = known();
      return knowledge === null ? null : decide(code, count, direction, knowledge, new Date());
    },
    forced: async (code, count) => {
      const knowledge = known();
      const read = knowledge === null ? null : await readCode(code, knowledge.publicKeys);
      return knowledge === null || read === null ? {...NO_EFFECT, ragerId: null} : forcedEffect(read, count, knowledge);
    },
    keep: (scan) => queue.keep(scan),
    answered: async (answer, input) => {
      await roster()?.answered(answer, input.gate, new Date());
      learnt();
    },
    unanswered: (input) => attempts.find(input),
    began: (input) => attempts.began(input),
    ended: (input) => attempts.ended(input),
    newId: () => crypto.randomUUID(),
    now: () => new Date(),
    show,
    say,
  };
}
