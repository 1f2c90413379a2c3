// What scanning needs of the page, put together.

import type {Attempts} from "./attempts";
import {readCode, tokenHash} from "./code";
import type {Connection} from "./connection";
import type {Device} from "./model";
import {NO_EFFECT} from "./model";
import {decide, forcedEffect} from "./offline";
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

  /** The roster, once a whole round of it has come. */
  function whole() {
    const found = roster();
    return found?.head?.complete === true ? {roster: found, head: found.head} : null;
  }

  function pending(eventId: string, ragerId: string) {
    return queue.pending(eventId).get(ragerId) ?? NO_EFFECT;
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
      const known = whole();
      if (known === null) return null;
      const {eventId} = known.roster;
      const knowledge = {
        eventId,
        event: known.head.event,
        publicKeys: known.head.publicKeys,
        find: (hash: string) => known.roster.find(hash),
        pending: (ragerId: string) => pending(eventId, ragerId),
      };
      return decide(code, count, direction, knowledge, new Date());
    },
    forced: async (code, count) => {
      const known = whole();
      const read = known === null ? null : await readCode(code, known.head.publicKeys);
      const entry = read === null ? undefined : known?.roster.find(await tokenHash(read.token));
      if (known === null || entry === undefined) return {...NO_EFFECT, ragerId: null};
      const {ragerId} = entry;
      return {...forcedEffect(entry, pending(known.roster.eventId, ragerId), count), ragerId};
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
