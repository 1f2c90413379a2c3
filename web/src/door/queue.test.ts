import {describe, expect, it} from "vitest";
import {NoAnswer, Refusal} from "../base/calls";
import {openDatabase} from "./database";
import {freshDatabase, freshName, scan} from "./door.fixtures";
import {Queue} from "./queue";
import {chunks, uploadAll, type Uploaded, type UploadInput} from "./uploading";

const recorded = async () => undefined;
const ids = (input: UploadInput) => input.scans.map((sent) => (sent as {scanId: string}).scanId);

async function queueOf(...scanIds: string[]): Promise<Queue> {
  const queue = await Queue.open(await freshDatabase());
  for (const scanId of scanIds) await queue.keep(scan(scanId));
  return queue;
}

function result(scanId: string, change: Partial<Uploaded> = {}): Uploaded {
  return {scanId, status: "recorded", reason: null, usedCount: 1, remaining: 0, inside: 1, ...change};
}

describe("Queue", () => {
  it("survives a restart of the page", async () => {
    const name = freshName();
    const queue = await Queue.open(await openDatabase(name));
    await queue.keep(scan("a", {ragerId: "r", used: 1}));
    await queue.keep(scan("b", {state: "parked", note: "not_staff"}));
    const again = await Queue.open(await openDatabase(name));
    expect(again.counts()).toEqual({queued: 1, parked: 1, conflicts: 0});
    expect(again.get("b")?.note).toBe("not_staff");
    expect(again.pending("night").get("r")).toEqual({used: 1, readmitted: 0, left: 0});
  });

  it("forgets old scans that are safe with the till, and no others", async () => {
    const queue = await Queue.open(await freshDatabase());
    const states = ["queued", "parked", "conflict"] as const;
    for (const state of states) await queue.keep(scan(state, {state}));
    for (let one = 0; one < 303; one += 1) await queue.keep(scan(`r${one}`, {state: "recorded"}));
    await queue.prune();
    expect(queue.in("recorded")).toHaveLength(300);
    expect(queue.get("r0")).toBeUndefined();
    expect(states.map((state) => queue.get(state)?.state)).toEqual([...states]);
  });
});

describe("uploadAll", () => {
  it("takes over what the till says of each scan", async () => {
    const queue = await queueOf("a", "b", "c", "d");
    const told: string[] = [];
    const answer = [
      result("a"),
      result("b", {status: "conflict", reason: "more_admitted_than_held"}),
      result("c", {status: "retry"}),
      result("d", {status: "replayed"}),
    ];
    await uploadAll(queue, async () => ({results: answer}), async ({scanId}) => void told.push(scanId));
    expect(["a", "b", "c", "d"].map((id) => queue.get(id)?.state)).toEqual(["recorded", "conflict", "queued", "recorded"]);
    expect(queue.get("b")?.note).toBe("more_admitted_than_held");
    expect(told).toEqual(["a", "b", "d"]);
  });

  it("keeps all in the queue without an answer, also of a scan that the answer leaves out", async () => {
    const queue = await queueOf("a", "b");
    const silent = async () => {
      throw new NoAnswer("gone");
    };
    expect(await uploadAll(queue, silent, recorded)).toBe(false);
    await uploadAll(queue, async () => ({results: [result("a")]}), recorded);
    expect(queue.counts().queued).toBe(1);
    expect(queue.get("b")?.state).toBe("queued");
  });

  it("parks what is refused with the reason, and sends it again when asked", async () => {
    const queue = await queueOf("a", "b");
    const refuse = async () => {
      throw new Refusal("not_staff", "no", {});
    };
    await uploadAll(queue, refuse, recorded);
    expect(queue.in("parked").map(({note}) => note)).toEqual(["not_staff", "not_staff"]);
    await queue.retryParked();
    await uploadAll(queue, async (input) => ({results: ids(input).map((id) => result(id))}), recorded);
    expect(queue.in("recorded")).toHaveLength(2);
  });

  it("leaves in the queue what is refused for now", async () => {
    const queue = await queueOf("a");
    const busy = async () => {
      throw new Refusal("rate_limited", "later", {});
    };
    await uploadAll(queue, busy, recorded);
    expect(queue.get("a")?.state).toBe("queued");
  });

  it("parks only the scan that is not valid, not those that travel with it", async () => {
    const queue = await queueOf("a", "bad", "b", "c", "d");
    const strict = async (input: UploadInput) => {
      if (ids(input).includes("bad")) throw new Refusal("invalid_field", "bad", {field: "scans"});
      return {results: ids(input).map((id) => result(id))};
    };
    await uploadAll(queue, strict, recorded);
    expect(queue.in("parked").map(({scanId}) => scanId)).toEqual(["bad"]);
    expect(queue.in("recorded")).toHaveLength(4);
  });

  it("sends no code that is longer than a code can be", async () => {
    const queue = await Queue.open(await freshDatabase());
    await queue.keep(scan("a", {code: "x".repeat(900)}));
    let sent: UploadInput | undefined;
    await uploadAll(queue, async (input) => ((sent = input), {results: []}), recorded);
    expect((sent?.scans[0] as {code: string}).code).toHaveLength(294);
  });
});

describe("chunks", () => {
  it("holds at most a hundred scans and what a callable takes", () => {
    const many = Array.from({length: 250}, (_, index) => scan(`s${index}`));
    expect(chunks(many).map((chunk) => chunk.length)).toEqual([100, 100, 50]);
    const wide = many.map((one) => ({...one, code: "x".repeat(294), gate: "й".repeat(64), forcedReason: "ж".repeat(200)}));
    for (const chunk of chunks(wide)) {
      expect(new TextEncoder().encode(JSON.stringify(chunk.map(({code, gate, forcedReason}) => [code, gate, forcedReason]))).length).toBeLessThan(64 * 1024);
    }
    expect(chunks(wide).flat()).toHaveLength(250);
  });

  it("sends events, devices and forced admissions apart", () => {
    const mixed = [scan("a"), scan("b", {eventId: "other"}), scan("c", {forcedReason: "friend"}), scan("d"), scan("e", {device: "Phone 8"})];
    expect(chunks(mixed).map((chunk) => chunk.map(({scanId}) => scanId))).toEqual([["a", "d"], ["b"], ["c"], ["e"]]);
  });
});
