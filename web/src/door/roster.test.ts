import {describe, expect, it} from "vitest";
import {Refusal} from "../base/calls";
import {openDatabase} from "./database";
import {batch, EVENT_ID, freshDatabase, freshName, page} from "./door.fixtures";
import type {RosterPage} from "./model";
import {Roster} from "./roster";

const NONE = new Map();

/** A till that answers with these pages, and notes with what cursors it was asked. */
function till(pages: RosterPage[]) {
  const cursors: (string | undefined)[] = [];
  const fetchPage = async ({cursor}: {cursor?: string}) => {
    cursors.push(cursor);
    const next = pages.shift();
    if (next === undefined) throw new Error("no more pages");
    return next;
  };
  return {cursors, fetchPage};
}

describe("Roster", () => {
  it("fetches all pages, then what has changed, and is whole only at the end of a round", async () => {
    const roster = await Roster.open(await freshDatabase(), EVENT_ID);
    const [one, two] = [await batch({}, "token-token-token-1"), await batch({}, "token-token-token-2")];
    const broken = till([await page([one], {cursor: "a", more: true})]);
    await expect(roster.sync(broken.fetchPage)).rejects.toThrow("no more pages");
    expect(roster.head).toMatchObject({cursor: "a", complete: false, at: 0});
    const rest = till([await page([two], {cursor: "b"}), await page([{...one, usedCount: 1, remaining: 2}], {cursor: "c"})]);
    await roster.sync(rest.fetchPage, () => 5000);
    expect(roster.head).toMatchObject({cursor: "b", complete: true, at: 5000});
    await roster.sync(rest.fetchPage);
    expect([...broken.cursors, ...rest.cursors]).toEqual([undefined, "a", "a", "b"]);
    expect(roster.find(one.tokenHash)?.usedCount).toBe(1);
    expect(roster.size).toBe(2);
  });

  it("survives a restart of the page", async () => {
    const name = freshName();
    const entry = await batch({previousTokenHashes: ["old"]});
    const first = await Roster.open(await openDatabase(name), EVENT_ID);
    await first.sync(till([await page([entry])]).fetchPage);
    const again = await Roster.open(await openDatabase(name), EVENT_ID);
    expect(again.head).toMatchObject({cursor: "cursor-1", complete: true});
    expect(again.find(entry.tokenHash)?.ragerId).toBe(entry.ragerId);
    expect(again.find("old")?.ragerId).toBe(entry.ragerId);
    expect((await Roster.open(await openDatabase(name), "another")).size).toBe(0);
  });

  it("is gone from the phone once it is cleared, and another event's is not", async () => {
    const name = freshName();
    const db = await openDatabase(name);
    for (const eventId of [EVENT_ID, "another"]) {
      await (await Roster.open(db, eventId)).sync(till([await page([await batch()], {eventId})]).fetchPage);
    }
    const roster = await Roster.open(db, EVENT_ID);
    await roster.sync(async () => {
      await roster.clear();
      return page([await batch({}, "token-token-token-9")]);
    });
    const cleared = await Roster.open(await openDatabase(name), EVENT_ID);
    expect([roster.size, roster.head, cleared.size, cleared.head]).toEqual([0, null, 0, null]);
    expect(await Roster.open(db, "another")).toMatchObject({size: 1, head: {complete: true}});
  });

  it("begins anew when the till does not know its cursor", async () => {
    const roster = await Roster.open(await freshDatabase(), EVENT_ID);
    await roster.sync(till([await page([])]).fetchPage);
    const refuse = async () => {
      throw new Refusal("invalid_field", "cursor", {field: "cursor"});
    };
    await expect(roster.sync(refuse)).rejects.toThrow(Refusal);
    const next = till([await page([])]);
    await roster.sync(next.fetchPage);
    expect(next.cursors).toEqual([undefined]);
  });

  it("does not let a page of before undo what the till has answered since", async () => {
    const roster = await Roster.open(await freshDatabase(), EVENT_ID);
    const entry = await batch();
    await roster.sync(till([await page([entry])]).fetchPage, () => 1000);
    const answer = {
      scanId: "s", ragerId: entry.ragerId, ticketQuantity: 3, usedCount: 2, remaining: 1, remainingTotal: 1,
      readmitted: 0, inside: 1, replayed: false,
    };
    const before = await page([entry]);
    await roster.sync(async () => {
      await roster.answered(answer, "north", new Date(2000));
      return before;
    });
    expect(roster.get(entry.ragerId)).toMatchObject({usedCount: 2, remaining: 1, outside: 1});
    // Whatever is asked for later counts, also if the phone's clock was put back meanwhile.
    await roster.sync(till([await page([{...entry, usedCount: 3, remaining: 0}])]).fetchPage, () => 1000);
    expect(roster.get(entry.ragerId)).toMatchObject({usedCount: 3});
  });

  it("does not let an answer of before undo what it has heard since", async () => {
    const roster = await Roster.open(await freshDatabase(), EVENT_ID);
    const entry = await batch({usedCount: 2, remaining: 1});
    await roster.sync(till([await page([entry])]).fetchPage);
    const answer = {
      scanId: "s", ragerId: entry.ragerId, ticketQuantity: 3, usedCount: 1, remaining: 2, remainingTotal: 2,
      readmitted: 0, inside: 1, replayed: true,
    };
    await roster.answered(answer, "north", new Date());
    expect(roster.get(entry.ragerId)).toMatchObject({usedCount: 2, remaining: 1});
    await roster.answered({...answer, usedCount: 3, remaining: 0, inside: 3}, "north", new Date());
    expect(roster.get(entry.ragerId)).toMatchObject({usedCount: 3, remaining: 0});
  });

  it("counts who is inside, with what waits", async () => {
    const roster = await Roster.open(await freshDatabase(), EVENT_ID);
    const [one, two] = [await batch({usedCount: 2, remaining: 1, outside: 1}, "token-token-token-1"), await batch()];
    await roster.sync(till([await page([one, two])]).fetchPage);
    expect(roster.inside(NONE)).toBe(1);
    expect(roster.inside(new Map([[two.ragerId, {used: 2, readmitted: 0, left: 0}]]))).toBe(3);
    expect(roster.inside(new Map([[one.ragerId, {used: 0, readmitted: 0, left: 1}]]))).toBe(0);
  });
});
