import {collection, limit, orderBy, query, where} from "firebase/firestore";
import {useEffect, useState} from "preact/hooks";
import {count} from "../../base/format";
import {ACCOUNTS, type Entry, type Verdict, verify, type Wallet} from "../chain";
import {words} from "../figures";
import {type Found, useDocument, useList} from "../live";
import {Id, When} from "../parts/bits";
import {Loaded} from "../parts/loaded";
import {Table} from "../parts/table";

const PAGE = 50;
const PATIENCE_MS = 2000;

interface Checkpoint {
  faulty: boolean;
  verifiedAt: unknown;
  wallet?: {seq?: number};
}

/** The user's ledger, the newest first, with the chain verified here in the browser. */
export function Ledger({userId, wallet}: {userId: string; wallet: Wallet | null}) {
  const [shown, setShown] = useState(PAGE);
  const live = useList<Entry>(`ledger of ${userId}, ${shown}`, (firestore) =>
    query(collection(firestore, "ledger"), where("userId", "==", userId), orderBy("seq", "desc"), limit(shown)));
  return (
    <Loaded live={live} what="the ledger">
      {(entries) => (
        <>
          <Chain userId={userId} entries={entries} wallet={wallet} />
          <Entries entries={entries} />
          {entries.length === shown && <p><button class="button" onClick={() => setShown(shown + 4 * PAGE)}>Show older entries</button></p>}
        </>
      )}
    </Loaded>
  );
}

function Chain({userId, entries, wallet}: {userId: string; entries: readonly Found<Entry>[]; wallet: Wallet | null}) {
  const [verdict, setVerdict] = useState<Verdict | "looking">("looking");
  const server = useDocument<Checkpoint>(`ledgerCheckpoints/${userId}`);
  useEffect(() => {
    let wanted = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    verify(entries, wallet ?? {seq: 0, head: "0".repeat(64)}).then((found) => {
      if (!wanted) return;
      // Entries and wallet come by two listeners; of a new entry, one of them hears first.
      timer = setTimeout(() => setVerdict(found), found.atEnd.length > 0 ? PATIENCE_MS : 0);
    });
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [entries, wallet]);
  const checkpoint = server.state === "ready" ? server.value : null;
  return (
    <div class="card chain">
      <h2>Chain</h2>
      {verdict === "looking" ? <p class="quiet" role="status">Following the chain …</p> : <Mark verdict={verdict} />}
      <p class="quiet note" data-figure="checkpoint">
        {checkpoint === null ? "The server has not verified this ledger yet." : checkpoint.faulty
          ? <span class="problem">The server found it faulty, <When at={checkpoint.verifiedAt} />.</span>
          : <>The server verified it up to entry {count(checkpoint.wallet?.seq ?? 0)}, <When at={checkpoint.verifiedAt} />.</>}
      </p>
    </div>
  );
}

function Mark({verdict: {faults, atEnd, first, last}}: {verdict: Verdict}) {
  if (faults.size === 0 && atEnd.length === 0) {
    const what = last === 0 ? "no entries yet, and an empty wallet" : first === 1 ? `all ${count(last)} entries, from the first to the wallet` : `entries ${count(first)} to ${count(last)} and the wallet`;
    return <p class="good" data-figure="chain" data-chain="verified"><span aria-hidden="true">✓ </span>Verified in this browser: {what}. Hashes recomputed, links and sums right.</p>;
  }
  return (
    <div class="problem" role="alert" data-figure="chain" data-chain="broken">
      <p><span aria-hidden="true">✕ </span>The chain does not verify.</p>
      <ul>
        {[...faults].map(([seq, says]) => <li key={seq}>Entry {count(seq)}: {says.join("; ")}</li>)}
        {atEnd.map((fault) => <li key={fault}>At the end: {fault}</li>)}
      </ul>
    </div>
  );
}

function Entries({entries}: {entries: readonly Found<Entry>[]}) {
  // Columns for what this user has ever had, so that most tables stay narrow.
  const used = ACCOUNTS.filter((name) => name === "credits" || entries.some(({balanceAfter}) => balanceAfter[name] !== 0));
  return (
    <Table
      label="Ledger entries, the newest first" rows={entries} keyOf={({seq}) => String(seq)} empty="No entries yet."
      columns={[
        {head: "#", number: true, cell: ({seq}) => count(seq)},
        {head: "When", cell: ({createdAt}) => <When at={createdAt} />},
        {head: "What", cell: ({kind}) => <span title={kind}>{words(kind)}</span>},
        {head: "Moves", cell: ({legs}) => <Legs legs={legs} />},
        ...used.map((name) => ({head: NAMES[name], number: true, cell: ({balanceAfter, legs}: Found<Entry>) => <span class={legs[name] === undefined ? "quiet" : "moved"}>{count(balanceAfter[name] ?? 0)}</span>})),
        {head: "Because of", cell: ({metadata}) => <Cause metadata={metadata} />},
        {head: "Hash", cell: ({hash}) => <Id id={hash} />},
      ]}
    />
  );
}

const NAMES: Record<(typeof ACCOUNTS)[number], string> = {
  credits: "Credits", lockedCredits: "Locked", dailyCredits: "Daily", ash: "Ash", obsidian: "Obsidian", purgatoryVotes: "Frozen votes", votes: "Votes",
};

function Legs({legs}: {legs: Entry["legs"]}) {
  return (
    <ul class="legs">
      {Object.entries(legs).sort(([, a], [, b]) => a - b).map(([account, amount]) => (
        <li key={account}><span class={amount > 0 ? "good" : "bad"}>{amount > 0 ? "+" : "−"}{count(Math.abs(amount))}</span> {account.startsWith("world:") ? <i>{account.slice(6)}</i> : NAMES[account as keyof typeof NAMES] ?? account}</li>
      ))}
    </ul>
  );
}

function Cause({metadata}: {metadata: Entry["metadata"]}) {
  return <span class="cause">{Object.entries(metadata).map(([name, value]) => <span key={name} title={`${name}: ${value}`}>{name} <code>{String(value).slice(0, 16)}</code></span>)}</span>;
}
