import {useEffect} from "preact/hooks";
import type {Door} from "../door";
import {when} from "../words";
import {useView} from "./hooks";
import {Pairing} from "./Pairing";
import {Scanner} from "./Scanner";
import {Waiting} from "./Waiting";

/** The scanner's page, by what this phone is at the moment. */
export function App({door}: {door: Door}) {
  const view = useView(door);

  useEffect(() => {
    const unlock = () => door.sounder.unlock();
    const found = () => door.networkChanged(true);
    const lost = () => door.networkChanged(false);
    window.addEventListener("pointerdown", unlock);
    window.addEventListener("keydown", unlock);
    window.addEventListener("online", found);
    window.addEventListener("offline", lost);
    return () => {
      window.removeEventListener("pointerdown", unlock);
      window.removeEventListener("keydown", unlock);
      window.removeEventListener("online", found);
      window.removeEventListener("offline", lost);
    };
  }, [door]);

  const {phase, device} = view;
  if (phase === "ready") return <Scanner door={door} view={view} />;
  return (
    <main class="page narrow stack" data-phase={phase}>
      {phase === "revoked" && device !== null && (
        <section class="revoked" role="alert">
          <h1>This device was revoked</h1>
          <p>
            {device.name}, gate {device.gate}
            {device.revokedAt === null ? "" : `, at ${when(device.revokedAt, new Date())}`}. It scans no more.
            What it has scanned is kept.
          </p>
        </section>
      )}
      {phase === "lost" && (
        <section role="alert">
          <h1>This device has lost its sign-in</h1>
          <p>Pair it again. What it has scanned is kept.</p>
        </section>
      )}
      {phase === "pairing" && <h1>Pair this phone</h1>}
      {view.counts.queued + view.counts.parked + view.counts.conflicts > 0 && <Waiting door={door} view={view} level="h2" />}
      {phase !== "pairing" && <h2>Pair again</h2>}
      <Pairing door={door} />
    </main>
  );
}
