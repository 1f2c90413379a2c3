import {useState} from "preact/hooks";
import {ago, count as number} from "../../base/format";
import type {Door, View} from "../door";
import type {CameraView} from "./hooks";
import {Modal} from "./Modal";
import {Pairing} from "./Pairing";
import {Scans} from "./Scans";
import {Waiting} from "./Waiting";

/** What is not needed for each guest: the gate, the camera, the scans, the device. */
export function Menu(props: {door: Door; view: View; camera: CameraView; now: Date; onClose: () => void}) {
  const {door, view, camera, now, onClose} = props;
  const {device, preferences, rosterAt, rosterSize} = view;
  const [gate, setGate] = useState(device?.gate ?? "");
  const [pairing, setPairing] = useState(false);
  if (device === null) return null;

  if (pairing) {
    return (
      <Modal title="Pair again" onClose={onClose}>
        <Pairing door={door} onPaired={onClose} />
      </Modal>
    );
  }
  return (
    <Modal title="Menu" onClose={onClose}>
      <Waiting door={door} view={view} level="h3" />
      <form
        class="card stack"
        onSubmit={(event) => {
          event.preventDefault();
          void door.setGate(gate.trim());
          onClose();
        }}
      >
        <label>
          Gate
          <input name="gate" value={gate} required maxLength={64} onInput={(event) => setGate(event.currentTarget.value)} />
        </label>
        <button class="button" disabled={gate.trim() === "" || gate.trim() === device.gate}>Change gate</button>
      </form>
      <section class="card stack" aria-label="Camera and sound">
        <label>
          Camera
          <select
            value={camera.deviceId ?? ""}
            disabled={camera.choices.length === 0}
            onChange={(event) => void door.setPreferences({cameraId: event.currentTarget.value})}
          >
            {camera.choices.length === 0 && <option value="">No camera</option>}
            {camera.choices.map(({deviceId, label}) => <option key={deviceId} value={deviceId}>{label}</option>)}
          </select>
        </label>
        <label class="tick">
          <input
            type="checkbox"
            checked={!preferences.muted}
            onChange={(event) => void door.setPreferences({muted: !event.currentTarget.checked})}
          />
          Sounds
        </label>
      </section>
      <Scans door={door} view={view} />
      <section class="card stack" aria-labelledby="menu-device">
        <h3 id="menu-device">This device</h3>
        <dl class="facts">
          <dt>Name</dt><dd>{device.name}</dd>
          <dt>Role</dt><dd>{device.role === "supervisor" ? "Supervisor" : "Staff"}</dd>
          <dt>Event</dt><dd>{view.event?.name ?? device.eventId}</dd>
          <dt>Guest list</dt>
          <dd>{rosterAt === null ? "none yet" : `${number(rosterSize)} tickets' codes, ${ago(new Date(rosterAt), now)} old`}</dd>
          <dt>Decoder</dt>
          <dd data-fact="decoder">
            {camera.rate.decoder === "" ? "not running" : `${camera.rate.decoder}, ${camera.rate.perSecond.toFixed(0)} frames/s`}
          </dd>
          <dt>Id</dt><dd class="code">{device.deviceId}</dd>
        </dl>
        <button type="button" class="button" onClick={() => setPairing(true)}>Pair again</button>
      </section>
    </Modal>
  );
}
