import {FirebaseError} from "firebase/app";
import {type Auth, signInWithEmailAndPassword} from "firebase/auth";
import {useState} from "preact/hooks";

const WORDS: Readonly<Record<string, string>> = {
  "auth/invalid-credential": "E-mail or password is not right.",
  "auth/wrong-password": "E-mail or password is not right.",
  "auth/user-not-found": "E-mail or password is not right.",
  "auth/invalid-email": "That is no e-mail address.",
  "auth/too-many-requests": "Too many tries. Wait a few minutes.",
  "auth/network-request-failed": "No connection. Try again when you are online.",
  "auth/user-disabled": "This account is disabled.",
};

/** What a failed sign-in says to people. */
export function signInProblem(error: unknown): string {
  const code = error instanceof FirebaseError ? error.code : "";
  return WORDS[code] ?? "The sign-in did not work. Try again.";
}

/** Signing in with e-mail and password; `onSignedIn` is called after. */
export function SignIn({auth, label, onSignedIn}: {auth: Auth; label: string; onSignedIn: () => void}) {
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setProblem(null);
    try {
      await signInWithEmailAndPassword(auth, String(form.get("email")), String(form.get("password")));
      onSignedIn();
    } catch (error) {
      setProblem(signInProblem(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <form class="stack" onSubmit={submit} aria-label={label}>
      <label>
        E-mail
        <input type="email" name="email" autocomplete="username" required />
      </label>
      <label>
        Password
        <input type="password" name="password" autocomplete="current-password" required />
      </label>
      {problem !== null && <p class="problem" role="alert">{problem}</p>}
      <button class="button primary" disabled={busy}>{busy ? "Signing in …" : label}</button>
    </form>
  );
}
