// The ledger's chain, followed in the browser: nobody has to take the server's word for it.
//
// An entry's hash is the SHA-256 of all that the entry says, in canonical JSON. The user's id and the
// client's key count by their pseudonyms, which take their place when the account is deleted.

import {type Instant, isInstant, isoMicroseconds} from "./instant";

export const GENESIS = "0".repeat(64);

/** The user's accounts; all other legs are the outside world's. */
export const ACCOUNTS = ["credits", "lockedCredits", "dailyCredits", "ash", "obsidian", "purgatoryVotes", "votes"] as const;

export interface Entry {
  entryId: string;
  userId: string;
  kind: string;
  amount: number;
  legs: Record<string, number>;
  balanceAfter: Record<string, number>;
  seq: number;
  prevHash: string;
  hash: string;
  idempotencyKey: string;
  metadata: Record<string, string | number | boolean | null>;
  createdAt: Instant;
  shard: number;
}

/** Where the chain should end: the wallet of the user's document. */
export type Wallet = Readonly<Record<string, unknown>> & {seq: number; head: string};

export interface Verdict {
  /** What is wrong, by `seq`; empty if all that was looked at is right. */
  faults: ReadonlyMap<number, readonly string[]>;
  /** What is wrong with the whole: gaps at the end, or a wallet that the entries do not give. */
  atEnd: readonly string[];
  first: number;
  last: number;
}

/**
 * Follows entries from the earliest to the latest.
 *
 * @param entries in any order, without holes: the latest ones of a user, or all.
 * @param wallet where they should lead, if they are the latest; null to leave that open.
 */
export async function verify(entries: readonly Entry[], wallet: Wallet | null): Promise<Verdict> {
  const chain = [...entries].sort((a, b) => a.seq - b.seq);
  const faults = new Map<number, string[]>();
  let before: Entry | null = null;
  for (const entry of chain) {
    const found = [...linkFaults(entry, before), ...(await ownFaults(entry))];
    if (found.length > 0) faults.set(entry.seq, [...(faults.get(entry.seq) ?? []), ...found]);
    before = entry;
  }
  return {faults, atEnd: wallet === null ? [] : endFaults(before, wallet), first: chain[0]?.seq ?? 0, last: before?.seq ?? 0};
}

export async function entryHash(entry: Entry): Promise<string> {
  return sha256(canonicalJson({
    entryId: entry.entryId,
    userId: await pseudonym(entry.userId),
    kind: entry.kind,
    amount: entry.amount,
    legs: entry.legs,
    balanceAfter: entry.balanceAfter,
    seq: entry.seq,
    prevHash: entry.prevHash,
    idempotencyKey: await pseudonym(entry.idempotencyKey),
    metadata: entry.metadata,
    createdAt: isoMicroseconds(entry.createdAt),
    shard: entry.shard,
  }));
}

/** JSON in the one form that equal values share: sorted keys, no spaces, ASCII. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const parts = Object.entries(value).sort(([a], [b]) => byCodePoint(a, b)).map(([key, one]) => `${canonicalJson(key)}:${canonicalJson(one)}`);
    return `{${parts.join(",")}}`;
  }
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function* linkFaults(entry: Entry, before: Entry | null): Generator<string> {
  if (before === null && entry.seq > 1) return; // what is before it was not looked at
  const seq = before?.seq ?? 0;
  if (entry.seq !== seq + 1) yield `follows seq ${seq}`;
  if (entry.prevHash !== (before?.hash ?? GENESIS)) yield "prevHash is not the hash of the entry before it";
  const wrong = ACCOUNTS.filter((name) => entry.balanceAfter[name] !== (before?.balanceAfter[name] ?? 0) + (entry.legs[name] ?? 0));
  if (wrong.length > 0) yield `balanceAfter is not the sum: ${wrong.join(", ")}`;
}

async function ownFaults(entry: Entry): Promise<string[]> {
  if (!isInstant(entry.createdAt)) return ["createdAt is no time"];
  return (await entryHash(entry)) === entry.hash ? [] : ["its content does not match its hash"];
}

function endFaults(last: Entry | null, wallet: Wallet): string[] {
  const faults: string[] = [];
  if ((last?.seq ?? 0) !== wallet.seq) faults.push(`the wallet stands at seq ${wallet.seq}`);
  else if ((last?.hash ?? GENESIS) !== wallet.head) faults.push("the wallet's head is not the last entry's hash");
  else {
    const wrong = ACCOUNTS.filter((name) => (wallet[name] ?? 0) !== (last?.balanceAfter[name] ?? 0));
    if (wrong.length > 0) faults.push(`the wallet is not what the entries give: ${wrong.join(", ")}`);
  }
  return faults;
}

async function pseudonym(personal: string): Promise<string> {
  if (/^~[0-9a-f]{32}$/.test(personal)) return personal;
  return `~${(await sha256(canonicalJson(["pseudonym", personal]))).slice(0, 32)}`;
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function byCodePoint(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (const [index, one] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const difference = (one.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
