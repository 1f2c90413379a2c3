import {useState} from "preact/hooks";
import {count} from "../../base/format";
import {useAnswer} from "../live";
import {State, UserLink, When} from "../parts/bits";
import {Loaded} from "../parts/loaded";
import {Table} from "../parts/table";
import {href} from "../route";
import UserPage from "./user";

interface UserView {
  userId: string;
  username: string | null;
  displayName: string | null;
  tier: string;
  wallet: Record<string, number> | null;
  activeSessionId: string | null;
  createdAt: string | null;
  deleting: boolean;
}

const PAGE = 25;

/** All users, or one of them. */
export default function Users({parts}: {parts: readonly string[]}) {
  const [userId, tab] = parts;
  return userId === undefined ? <List /> : <UserPage key={userId} userId={userId} tab={tab ?? "ledger"} />;
}

function List() {
  const [search, setSearch] = useState("");
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  const cursor = cursors.at(-1) ?? null;
  const input = search === "" ? {limit: PAGE, ...(cursor === null ? {} : {cursor})} : {search};
  const page = useAnswer<{users: UserView[]; cursor: string | null}>("listUsers", input, JSON.stringify(input));

  function submit(event: SubmitEvent) {
    event.preventDefault();
    setSearch(String(new FormData(event.currentTarget as HTMLFormElement).get("search") ?? "").trim());
    setCursors([null]);
  }

  return (
    <>
      <h1>Users</h1>
      <form class="row search" role="search" onSubmit={submit}>
        <label class="grow">User id, username or proven e-mail address<input type="search" name="search" autocomplete="off" /></label>
        <button class="button primary">Search</button>
      </form>
      <Loaded live={page} what="the users">
        {({users, cursor: next}) => (
          <>
            <Table
              label="Users" rows={users} keyOf={({userId}) => userId}
              empty={search === "" ? "There are no users yet." : `Nobody goes by “${search}”.`}
              columns={[
                {head: "User", cell: (user) => <a href={href("users", user.userId)}>{user.displayName ?? user.username ?? "no name"}</a>},
                {head: "Username", cell: (user) => user.username ?? "–"},
                {head: "Id", cell: (user) => <UserLink id={user.userId} />},
                {head: "Tier", cell: (user) => user.tier},
                {head: "Credits", number: true, cell: (user) => balance(user, "credits")},
                {head: "Locked", number: true, cell: (user) => balance(user, "lockedCredits")},
                {head: "Session", cell: (user) => (user.activeSessionId === null ? "–" : <State state="active" />)},
                {head: "Since", cell: (user) => <When at={user.createdAt} />},
                {head: "State", cell: (user) => (user.deleting ? <State state="deleting" /> : user.wallet === null ? <State state="faulty" /> : "–")},
              ]}
            />
            {search === "" && (
              <div class="row pages">
                <button class="button" disabled={cursors.length === 1} onClick={() => setCursors(cursors.slice(0, -1))}>Previous</button>
                <span class="quiet">Page {cursors.length}</span>
                <button class="button" disabled={next === null} onClick={() => setCursors([...cursors, next])}>Next</button>
              </div>
            )}
          </>
        )}
      </Loaded>
    </>
  );
}

function balance({wallet}: UserView, account: string): string {
  return wallet === null ? "–" : count(wallet[account] ?? 0);
}
