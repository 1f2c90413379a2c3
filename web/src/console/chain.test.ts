import {describe, expect, it} from "vitest";
import {canonicalJson, type Entry, entryHash, verify, type Wallet} from "./chain";
import vectors from "./chain.vectors.json";

// Written by the functions' own ledger: `append` of firetill.ledger.rules.
const entries = vectors.entries as unknown as Entry[];
const wallet = vectors.wallet as unknown as Wallet;

function altered(seq: number, change: Partial<Entry>): Entry[] {
  return entries.map((entry) => (entry.seq === seq ? {...entry, ...change} : entry));
}

describe("the ledger's chain", () => {
  it("hashes every entry as the functions do", async () => {
    for (const entry of entries) expect(await entryHash(entry)).toBe(entry.hash);
  });

  it("verifies from the first entry to the wallet, in whatever order they come", async () => {
    const verdict = await verify([...entries].reverse(), wallet);
    expect(verdict.faults.size).toBe(0);
    expect(verdict.atEnd).toEqual([]);
    expect([verdict.first, verdict.last]).toEqual([1, 7]);
  });

  it("verifies the latest ones without those before", async () => {
    const verdict = await verify(entries.slice(4), wallet);
    expect(verdict.faults.size).toBe(0);
    expect(verdict.first).toBe(5);
  });

  it("verifies an empty wallet", async () => {
    expect((await verify([], {seq: 0, head: "0".repeat(64)} as Wallet)).atEnd).toEqual([]);
  });

  it("stays true when pseudonyms take the place of names", async () => {
    const gone = "~" + (await sha(canonicalJson(["pseudonym", entries[0]?.userId]))).slice(0, 32);
    expect((await verify(entries.map((entry) => ({...entry, userId: gone})), wallet)).faults.size).toBe(0);
  });

  it.each<[string, Partial<Entry>, string]>([
    ["another amount", {amount: 501}, "its content does not match its hash"],
    ["another time", {createdAt: {seconds: 1, nanoseconds: 0}}, "its content does not match its hash"],
    ["another link", {prevHash: "f".repeat(64)}, "prevHash is not the hash of the entry before it"],
    ["another balance", {balanceAfter: {...entries[1]?.balanceAfter, credits: 1}}, "balanceAfter is not the sum: credits"],
  ])("finds %s", async (_, change, fault) => {
    expect((await verify(altered(2, change), wallet)).faults.get(2)).toContain(fault);
  });

  it("finds a missing entry", async () => {
    const verdict = await verify(entries.filter(({seq}) => seq !== 4), wallet);
    expect(verdict.faults.get(5)).toContain("follows seq 3");
  });

  it("finds a missing end and a wallet that somebody changed", async () => {
    expect((await verify(entries.slice(0, 6), wallet)).atEnd).toEqual(["the wallet stands at seq 7"]);
    expect((await verify(entries, {...wallet, credits: 9999})).atEnd).toEqual(["the wallet is not what the entries give: credits"]);
    expect((await verify(entries, {...wallet, head: "f".repeat(64)})).atEnd).toEqual(["the wallet's head is not the last entry's hash"]);
  });
});

async function sha(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
