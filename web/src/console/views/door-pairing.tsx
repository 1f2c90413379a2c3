import {useEffect, useState} from "preact/hooks";
import {call} from "../../base/calls";
import {Qr} from "../../base/qr";
import {useConsole} from "../context";
import type {Device} from "../door-figures";
import {dateOf} from "../instant";
import {useNow} from "../live";
import {Modal} from "../parts/modal";
import {problemWords} from "../words";

interface Code {
  pairingCode: string;
  name: string;
  gate: string;
  role: string;
  expiresAt: string;
}

/** Makes a pairing code and shows it until a phone has redeemed it. */
export function Pairing({eventId, devices, onClose}: {eventId: string; devices: readonly Device[]; onClose: () => void}) {
  const {functions, tell} = useConsole();
  const [code, setCode] = useState<Code | null>(null);
  const [known] = useState(() => new Map(devices.map((one) => [one.deviceId, pairedAt(one)])));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  // Whichever device appears under the code's name, or appears anew, has redeemed it.
  const redeemed = code && devices.find((one) => one.name === code.name && pairedAt(one) !== (known.get(one.deviceId) ?? 0));
  useEffect(() => {
    if (!redeemed) return;
    onClose();
    tell(`${redeemed.name} is paired.`);
  }, [redeemed]);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setProblem(null);
    try {
      setCode(await call<Code>(functions, "createPairingCode", {eventId, name: String(form.get("name")).trim(), gate: String(form.get("gate")).trim(), role: String(form.get("role"))}));
    } catch (error) {
      setProblem(problemWords(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Modal title={code === null ? "Pair a device" : `Pair ${code.name}`} busy={busy} onClose={onClose}>
      {code === null ? (
        <form class="stack" onSubmit={submit}>
          <p>Makes a code for one phone, good for ten minutes. Whoever redeems it may scan at this event until you revoke the device.</p>
          <label>Name of the device<input name="name" required maxLength={64} pattern=".*\S.*" autocomplete="off" placeholder="North 1" /></label>
          <label>Gate<input name="gate" required maxLength={64} pattern=".*\S.*" autocomplete="off" placeholder="North" /></label>
          <label>Role<select name="role"><option value="staff">Staff: scans</option><option value="supervisor">Supervisor: also undoes, forces, searches</option></select></label>
          {problem !== null && <p class="problem" role="alert">{problem}</p>}
          <div class="row end">
            <button type="button" class="button" onClick={onClose}>Cancel</button>
            <button class="button primary" disabled={busy}>{busy ? "Making …" : "Make a code"}</button>
          </div>
        </form>
      ) : <Shown code={code} onClose={onClose} onAgain={() => setCode(null)} />}
    </Modal>
  );
}

function Shown({code, onClose, onAgain}: {code: Code; onClose: () => void; onAgain: () => void}) {
  const left = Math.max(0, Math.ceil(((dateOf(code.expiresAt)?.getTime() ?? 0) - useNow(1).getTime()) / 1000));
  if (left === 0) {
    return (
      <div class="stack">
        <p class="problem" role="alert">The code has run out.</p>
        <div class="row end"><button class="button" onClick={onClose}>Close</button><button class="button primary" onClick={onAgain}>Make another</button></div>
      </div>
    );
  }
  return (
    <div class="stack">
      <p>Open the door scanner on the phone; where it says “Pair this phone” or “Pair again”, scan this or type the code.</p>
      <div class="middle"><Qr text={`FTPAIR:${code.pairingCode}`} label="Pairing code as a QR code" /></div>
      <p class="pairing" data-figure="pairing-code">{code.pairingCode.replace(/(.{4})(?=.)/g, "$1-")}</p>
      <p class="quiet middle">{code.role} at {code.gate}. Good for <span role="timer">{Math.floor(left / 60)}:{String(left % 60).padStart(2, "0")}</span>; gone when a phone has redeemed it.</p>
      <div class="row end"><button class="button" onClick={onClose}>Close</button></div>
    </div>
  );
}

function pairedAt(device: Device): number {
  return dateOf(device.pairedAt)?.getTime() ?? 0;
}
