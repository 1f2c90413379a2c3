import {useState} from "preact/hooks";
import {call} from "../../base/calls";
import {count} from "../../base/format";
import {useConsole} from "../context";
import {type Device, deviceState} from "../door-figures";
import type {Found, Live} from "../live";
import {Ago, State} from "../parts/bits";
import {Loaded} from "../parts/loaded";
import {Table} from "../parts/table";
import {Pairing} from "./door-pairing";

/** The devices at an event's doors: how they are, and ways to add and to revoke one. */
export function Devices({eventId, devices, now}: {eventId: string; devices: Live<Found<Device>[]>; now: Date}) {
  const [pairing, setPairing] = useState(false);
  return (
    <section aria-labelledby="devices">
      <div class="row head">
        <h2 id="devices">Devices</h2>
        <button class="button primary" onClick={() => setPairing(true)}>Pair a device …</button>
      </div>
      <Loaded live={devices} what="the devices">
        {(found) => (
          <Table
            label="Devices" rows={[...found].sort(byStateAndName(now))} keyOf={({deviceId}) => deviceId}
            empty="No device is paired. Pair one, and scan its code with the phone at the door."
            rowClass={(device) => (device.revokedAt ? "over" : undefined)}
            columns={[
              {head: "Device", cell: ({name}) => <strong>{name}</strong>},
              {head: "State", cell: (device) => <span title={device.revokeReason ?? ""}><State state={deviceState(device, now)} /></span>},
              {head: "Gate", cell: ({gate, direction}) => `${gate ?? "–"}, ${direction ?? "in"}`},
              {head: "Role", cell: ({role}) => role},
              {head: "Last seen", cell: ({lastSeenAt}) => <Ago at={lastSeenAt} now={now} />},
              {head: "Roster's age", cell: ({rosterAt}) => <Ago at={rosterAt} now={now} />},
              {head: "Queue", number: true, cell: ({queued}) => count(queued)},
              {head: "Parked", number: true, cell: ({parked}) => <span class={parked > 0 ? "problem" : undefined}>{count(parked)}</span>},
              {head: "Revoke", cell: (device) => (device.revokedAt ? <span class="quiet">{device.revokeReason}</span> : <Revoke eventId={eventId} device={device} />)},
            ]}
          />
        )}
      </Loaded>
      {pairing && <Pairing eventId={eventId} devices={devices.state === "ready" ? devices.value : []} onClose={() => setPairing(false)} />}
    </section>
  );
}

function Revoke({eventId, device}: {eventId: string; device: Device}) {
  const {ask, functions} = useConsole();
  const revoke = () => ask({
    title: `Revoke ${device.name}?`,
    says: <>Its next call is refused, whatever it is, and it learns of it within seconds. {device.queued > 0 && <strong>{count(device.queued)} scans on it were not uploaded yet; they stay on the device. </strong>}To let it scan again, pair it anew.</>,
    confirm: "Revoke",
    danger: true,
    reason: "Reason, for the audit log",
    run: async (reason) => {
      await call(functions, "revokeDevice", {eventId, deviceId: device.deviceId, reason});
      return `${device.name} is revoked.`;
    },
  });
  return <button class="button small danger" onClick={revoke} aria-label={`Revoke ${device.name}`}>Revoke …</button>;
}

function byStateAndName(now: Date) {
  const order = {silent: 0, online: 1, revoked: 2};
  return (a: Device, b: Device) => order[deviceState(a, now)] - order[deviceState(b, now)] || a.name.localeCompare(b.name);
}
