import {useState} from "preact/hooks";
import {call} from "../../base/calls";
import {count} from "../../base/format";
import type {Wallet} from "../chain";
import {useConsole} from "../context";
import {useDocument} from "../live";
import {Big, Facts, State, Tabs, When} from "../parts/bits";
import {Loaded} from "../parts/loaded";
import {href} from "../route";
import {Ledger} from "./user-ledger";
import {LISTS} from "./user-lists";

interface User {
  displayName?: string;
  username?: string;
  tier?: string;
  createdAt?: unknown;
  welcomedAt?: unknown;
  activeSessionId?: string | null;
  deadlines?: {redemptionExpiry?: unknown};
  deleting?: boolean;
  locale?: string;
  timeZone?: string;
  wallet?: Wallet;
  allowance?: {limit?: number; timeZone?: string; endsAt?: unknown};
  consent?: {termsVersion?: string; acceptedAt?: unknown};
}

const ACCOUNTS: readonly (readonly [string, string])[] = [
  ["credits", "Credits"], ["lockedCredits", "Locked in a pledge"], ["dailyCredits", "Left of today"], ["ash", "Ash"],
  ["obsidian", "Obsidian"], ["purgatoryVotes", "Frozen votes"], ["votes", "Votes"], ["lifetimePurchased", "Ever bought"],
];

const TABS = [{name: "ledger", label: "Ledger"}, ...LISTS.map(({name, label}) => ({name, label}))];

export default function UserPage({userId, tab}: {userId: string; tab: string}) {
  const live = useDocument<User>(`users/${userId}`);
  const list = LISTS.find(({name}) => name === tab);
  return (
    <>
      <p class="crumb"><a href={href("users")}>Users</a></p>
      <Loaded live={live} what="the user">
        {(found) => {
          const user: User = found ?? {};
          return (
            <>
              <h1>{user.displayName ?? user.username ?? "A user without a name"}</h1>
              <p class="quiet"><code class="whole">{userId}</code>{user.deleting && <> <State state="deleting" /></>}</p>
              {found === null && <p class="warn">There is no document of this user: an empty wallet, or no such user.</p>}
              <section aria-label="Wallet" class="bigs small">
                {ACCOUNTS.map(([name, label]) => <Big key={name} figure={name} label={label} value={count(Number(user.wallet?.[name] ?? 0))} />)}
              </section>
              <div class="two">
                <section class="card" aria-labelledby="account">
                  <h2 id="account">Account</h2>
                  <Facts facts={[
                    ["Username", user.username ?? "–"], ["Tier", user.tier ?? "free"], ["Since", <When at={user.createdAt} />],
                    ["Running session", user.activeSessionId ?? "none"], ["Redemption window until", <When at={user.deadlines?.redemptionExpiry} />],
                    ["Allowance", user.allowance === undefined ? "none yet" : <>{count(user.allowance.limit ?? 0)} a day, next <When at={user.allowance.endsAt} /></>],
                    ["Terms", user.consent === undefined ? "not accepted" : <>{user.consent.termsVersion} <When at={user.consent.acceptedAt} /></>],
                    ["Locale, time zone", `${user.locale ?? "–"}, ${user.timeZone ?? "–"}`],
                  ]} />
                </section>
                <Adjust userId={userId} credits={Number(user.wallet?.["credits"] ?? 0)} />
              </div>
              <Tabs label="What belongs to the user" chosen={tab} tabs={TABS.map((one) => ({...one, link: href("users", userId, one.name)}))} />
              {list === undefined ? <Ledger userId={userId} wallet={user.wallet ?? null} /> : <list.List key={list.name} userId={userId} />}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function Adjust({userId, credits}: {userId: string; credits: number}) {
  const {ask, functions} = useConsole();
  const [problem, setProblem] = useState<string | null>(null);

  function submit(event: SubmitEvent) {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const amount = Number(new FormData(form).get("amount"));
    if (!Number.isInteger(amount) || amount === 0) return setProblem("A whole number, not 0; negative takes away.");
    setProblem(null);
    // Made once for this dialog: however often it is tried, it takes effect once.
    const idempotencyKey = crypto.randomUUID();
    ask({
      title: amount > 0 ? `Add ${count(amount)} credits?` : `Take ${count(-amount)} credits away?`,
      says: `The wallet goes from ${count(credits)} to ${count(credits + amount)} credits, if nothing else moves it meanwhile. It is posted to the ledger and cannot be removed, only balanced by another entry. The user does not see the reason.${credits + amount < 0 ? " It takes more than there is, and will be refused." : ""}`,
      confirm: amount > 0 ? "Add credits" : "Take away",
      danger: amount < 0,
      reason: "Reason, for the audit log",
      run: async (reason) => {
        const result = await call<{wallet: {credits: number}}>(functions, "adjustCredits", {userId, amount, reason, idempotencyKey});
        form.reset();
        return `Done: the user has ${count(result.wallet.credits)} credits now.`;
      },
    });
  }

  return (
    <section class="card" aria-labelledby="adjust">
      <h2 id="adjust">Adjust credits</h2>
      <form class="stack" onSubmit={submit}>
        <label>Credits to add (negative takes away)<input type="number" name="amount" step="1" min="-1000000" max="1000000" required /></label>
        {problem !== null && <p class="problem" role="alert">{problem}</p>}
        <button class="button">Adjust …</button>
      </form>
    </section>
  );
}
