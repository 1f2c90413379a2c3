import {onAuthStateChanged, signOut, type User} from "firebase/auth";
import {doc, type Firestore, onSnapshot} from "firebase/firestore";
import {useEffect, useMemo, useState} from "preact/hooks";
import {type Identity, openFirestore} from "../base/firebase";
import {SignIn} from "../base/signin";
import {ConsoleContext, type Ask, type Console} from "./context";
import {AskDialog} from "./parts/ask";
import {Toasts, useToasts} from "./parts/toasts";
import {Shell} from "./shell";

/** Signs in, makes sure that it is an administrator, and shows the console. */
export function App({identity}: {identity: Identity}) {
  const [user, setUser] = useState<User | null>(identity.auth.currentUser);
  const [firestore, setFirestore] = useState<Firestore | null>(null);
  useEffect(() => onAuthStateChanged(identity.auth, setUser), []);
  useEffect(() => void openFirestore(identity).then(setFirestore), []);

  if (user === null) {
    return (
      <main class="page narrow stack gate">
        <h1>Firetill console</h1>
        <p class="quiet">For administrators.</p>
        <div class="card"><SignIn auth={identity.auth} label="Sign in" onSignedIn={() => setUser(identity.auth.currentUser)} /></div>
      </main>
    );
  }
  if (firestore === null) return <Waiting />;
  return <AdminOnly key={user.uid} identity={identity} firestore={firestore} user={user} />;
}

function AdminOnly({identity, firestore, user}: {identity: Identity; firestore: Firestore; user: User}) {
  const admin = useAdmin(firestore, user);
  const [asking, setAsking] = useState<Ask | null>(null);
  const {toasts, tell, dismiss} = useToasts();
  const console = useMemo<Console>(() => ({firestore, functions: identity.functions, ask: setAsking, tell}), [firestore]);
  const leave = () => void signOut(identity.auth);

  if (admin === "asking") return <Waiting />;
  if (admin !== "yes") {
    return (
      <main class="page narrow stack gate">
        <h1>Firetill console</h1>
        <div class="card stack">
          <p class="problem" role="alert">
            {admin === "no" ? `${user.email ?? user.uid} is no administrator, so there is nothing to see here.` : admin.problem}
          </p>
          <p class="quiet">Administrators have the claim “admin” or a document in adminUsers, which another administrator writes.</p>
          <button class="button" onClick={leave}>Sign out</button>
        </div>
      </main>
    );
  }
  return (
    <ConsoleContext.Provider value={console}>
      <Shell email={user.email ?? user.uid} onSignOut={leave} />
      {asking !== null && <AskDialog ask={asking} onClose={() => setAsking(null)} onDone={tell} />}
      <Toasts toasts={toasts} onDismiss={dismiss} />
    </ConsoleContext.Provider>
  );
}

type Admin = "asking" | "yes" | "no" | {problem: string};

/** A claim, or a document that may be taken away while the console is open. */
function useAdmin(firestore: Firestore, user: User): Admin {
  const [admin, setAdmin] = useState<Admin>("asking");
  useEffect(() => {
    let stop = () => {};
    let wanted = true;
    user.getIdTokenResult().then(
      ({claims}) => {
        if (!wanted) return;
        if (claims["admin"] === true) return setAdmin("yes");
        stop = onSnapshot(
          doc(firestore, "adminUsers", user.uid),
          (found) => setAdmin(found.exists() ? "yes" : "no"),
          () => setAdmin({problem: "Whether you are an administrator could not be read. Reload the page."}),
        );
      },
      () => wanted && setAdmin({problem: "The sign-in could not be checked. Check the connection and reload."}),
    );
    return () => {
      wanted = false;
      stop();
    };
  }, []);
  return admin;
}

function Waiting() {
  return <main class="page"><p class="quiet" role="status">Opening …</p></main>;
}
