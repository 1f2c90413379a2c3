// The operations that the scanner calls.

import {NoAnswer, Refusal} from "../base/calls";
import type {Connection} from "./connection";
import type {Admission, Direction, Role, RosterPage, ScanInput} from "./model";
import type {Uploaded, UploadInput} from "./uploading";

/** How long the person at the door waits for a verdict before the device looks at its own list. */
export const VERDICT_SECONDS = 3;
const SECONDS = 10;

export interface FoundGuest {
  userId: string;
  displayName: string | null;
  username: string | null;
  totalTickets: number;
  usedCount: number;
  remaining: number;
}

export interface Preview {
  items: {ragerId: string; ticketQuantity: number; usedCount: number; remaining: number; outside: number; active: boolean}[];
  remainingTotal: number;
  nextCandidate: string | null;
  version: number;
}

export interface Report {
  eventId: string;
  queued: number;
  parked: number;
  rosterAt: string | null;
  gate: string;
  direction: Direction;
}

/** Refusals that say nothing about the ticket. */
const NOT_ABOUT_TICKETS: ReadonlySet<string> = new Set(["rate_limited", "sign_in_required", "app_check_failed"]);

/** The till as the scanner sees it. Each throws Refusal or NoAnswer. */
export class Till {
  constructor(private readonly connection: Connection) {}

  async scan(input: ScanInput): Promise<Admission> {
    try {
      return await this.connection.call<Admission>("scanTicket", input, VERDICT_SECONDS);
    } catch (problem) {
      if (problem instanceof Refusal && NOT_ABOUT_TICKETS.has(problem.reason)) {
        throw new NoAnswer(problem.message, {cause: problem});
      }
      throw problem;
    }
  }

  roster(input: {eventId: string; cursor?: string; limit: number}): Promise<RosterPage> {
    return this.connection.call("getRoster", input, SECONDS);
  }

  upload(input: UploadInput): Promise<{results: Uploaded[]}> {
    return this.connection.call("uploadScans", input, 2 * SECONDS);
  }

  report(input: Report): Promise<{name: string; gate: string; role: Role; serverTime: string}> {
    return this.connection.call("reportDevice", input, SECONDS);
  }

  find(eventId: string, search: string): Promise<{guests: FoundGuest[]}> {
    return this.connection.call("findGuests", {eventId, search}, SECONDS);
  }

  preview(eventId: string, userId: string): Promise<Preview> {
    return this.connection.call("previewScan", {eventId, userId}, SECONDS);
  }

  undo(eventId: string, scanId: string, reason: string): Promise<object> {
    return this.connection.call("undoScan", {eventId, scanId, reason}, SECONDS);
  }
}
