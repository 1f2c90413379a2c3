import {useEffect, useRef, useState} from "preact/hooks";
import {SignIn} from "../../base/signin";
import type {Identity} from "../../base/firebase";
import type {Door} from "../door";
import type {Device} from "../model";
import {activeEvents, closeSteward, createPairingCode, openSteward, pairDevice, PAIRING_PREFIX, type PublicEvent} from "../pairing";
import {CAMERA_PROBLEMS} from "../words";
import {useCamera} from "./hooks";
import {problemOf} from "./Reason";

/** Pairing this phone, by a code of the console or by a steward's own sign-in. */
export function Pairing({door, onPaired}: {door: Door; onPaired?: () => void}) {
  const [way, setWay] = useState<"code" | "sign-in">("code");

  async function pair(code: string) {
    const device: Device = await pairDevice(door.identity, code, door.view.device);
    await door.paired(device);
    onPaired?.();
  }

  return (
    <div class="stack">
      <div class="row even" role="group" aria-label="How to pair">
        <button type="button" class="button" aria-pressed={way === "code"} onClick={() => setWay("code")}>Pairing code</button>
        <button type="button" class="button" aria-pressed={way === "sign-in"} onClick={() => setWay("sign-in")}>Sign in</button>
      </div>
      {way === "code" ? <ByCode pair={pair} /> : <BySignIn pair={pair} />}
    </div>
  );
}

function ByCode({pair}: {pair: (code: string) => Promise<void>}) {
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [scanning, setScanning] = useState(false);

  async function redeem(code: string) {
    setBusy(true);
    setProblem(null);
    try {
      await pair(code);
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  }

  function submit(event: SubmitEvent) {
    event.preventDefault();
    void redeem(String(new FormData(event.currentTarget as HTMLFormElement).get("code")));
  }

  return (
    <form class="card stack" onSubmit={submit} aria-label="Pair by code">
      <p>A supervisor shows a pairing code on the console, under Door.</p>
      {scanning ? (
        <CodeCamera
          onCode={(code) => {
            setScanning(false);
            void redeem(code);
          }}
        />
      ) : (
        <button type="button" class="button tall" onClick={() => setScanning(true)}>Scan the code</button>
      )}
      <label>
        Or type it
        <input class="code" name="code" required maxLength={40} placeholder="XXXX-XXXX-XXXX" autocomplete="off" autocapitalize="characters" spellcheck={false} />
      </label>
      {problem !== null && <p class="problem" role="alert">{problem}</p>}
      <button class="button primary tall" disabled={busy}>{busy ? "Pairing …" : "Pair this phone"}</button>
    </form>
  );
}

function CodeCamera({onCode}: {onCode: (code: string) => void}) {
  const video = useRef<HTMLVideoElement>(null);
  const done = useRef(false);
  const camera = useCamera(video, null, (text) => {
    if (done.current || !text.startsWith(PAIRING_PREFIX)) return;
    done.current = true;
    onCode(text);
  });
  return (
    <div class="viewer small" data-camera={camera.state}>
      <video ref={video} muted playsInline aria-label="What the camera sees" />
      {camera.state !== "running" && (
        <p class="viewer-problem" role="status">
          {camera.state === "starting" ? "Starting the camera …" : CAMERA_PROBLEMS[camera.state]}
        </p>
      )}
    </div>
  );
}

function BySignIn({pair}: {pair: (code: string) => Promise<void>}) {
  const [steward, setSteward] = useState<Identity | null>(null);
  const [signedIn, setSignedIn] = useState(false);
  const [events, setEvents] = useState<PublicEvent[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    const opening = openSteward();
    opening.then(setSteward, (error: unknown) => setProblem(problemOf(error)));
    // The sign-in is for making one code, and must not stay on a phone that is handed around.
    return () => void opening.then(closeSteward).catch(() => undefined);
  }, []);

  function onSignedIn() {
    setSignedIn(true);
    if (steward !== null) activeEvents(steward).then(setEvents, () => setEvents([]));
  }

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    if (steward === null) return;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const field = (name: string) => String(form.get(name) ?? "").trim();
    setBusy(true);
    setProblem(null);
    try {
      const role = field("role") === "supervisor" ? "supervisor" : "staff";
      const input = {eventId: field("event"), name: field("name"), gate: field("gate"), role} as const;
      await pair(await createPairingCode(steward, input));
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  }

  if (steward === null) return <p role="status">{problem ?? "One moment …"}</p>;
  if (!signedIn) {
    return (
      <div class="card stack">
        <p>Sign in as staff of the event. Your password does not stay on this phone.</p>
        <SignIn auth={steward.auth} label="Sign in" onSignedIn={onSignedIn} />
      </div>
    );
  }
  return (
    <form class="card stack" onSubmit={submit} aria-label="Name this device">
      <label>
        Event
        {events === null || events.length > 0 ? (
          <select name="event" required disabled={events === null}>
            {events === null && <option value="">Looking …</option>}
            {events?.map(({eventId, name}) => <option key={eventId} value={eventId}>{name}</option>)}
          </select>
        ) : (
          <input name="event" required maxLength={128} placeholder="The event's id" autocapitalize="none" />
        )}
      </label>
      <label>
        Name of this device
        <input name="name" required maxLength={64} placeholder="Such as Ada's phone" autocomplete="off" />
      </label>
      <label>
        Gate
        <input name="gate" required maxLength={64} placeholder="Such as North" autocomplete="off" />
      </label>
      <label>
        Role
        <select name="role">
          <option value="staff">Staff</option>
          <option value="supervisor">Supervisor</option>
        </select>
      </label>
      {problem !== null && <p class="problem" role="alert">{problem}</p>}
      <button class="button primary tall" disabled={busy}>{busy ? "Pairing …" : "Pair this phone"}</button>
    </form>
  );
}
