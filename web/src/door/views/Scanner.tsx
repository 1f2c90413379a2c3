import {useEffect, useRef, useState} from "preact/hooks";
import {count as number} from "../../base/format";
import type {Door, View} from "../door";
import {listenToKeys} from "../keyboard";
import type {Direction} from "../model";
import {isGood} from "../verdict";
import {keepAwake} from "../wake";
import {CAMERA_PROBLEMS, DIRECTIONS, headline, NOTES} from "../words";
import {useCamera, useNow} from "./hooks";
import {Manual} from "./Manual";
import {Menu} from "./Menu";
import {Search} from "./Search";
import {StatusBar} from "./StatusBar";
import {VerdictScreen} from "./VerdictScreen";

type Panel = "manual" | "search" | "menu" | null;

/** The scanner: who and where, the camera, and the controls under the thumb. */
export function Scanner({door, view}: {door: Door; view: View}) {
  const {device, screen, event, inside, last, preferences} = view;
  const now = useNow(1000);
  const [panel, setPanel] = useState<Panel>(null);
  const video = useRef<HTMLVideoElement>(null);
  const open = useRef<Panel>(null);
  open.current = panel;

  const camera = useCamera(video, preferences.cameraId, (text) => {
    if (open.current === null) door.scanning.see(text);
  });
  useEffect(keepAwake, []);
  useEffect(
    () =>
      listenToKeys(window, (code) => {
        setPanel(null);
        door.scanning.see(code);
      }),
    [door],
  );

  if (device === null) return null;
  // A verdict that is up has the note itself.
  const note = screen.state === "idle" ? view.note : null;
  return (
    <main class="scanner" data-phase="ready">
      <h1 class="visually-hidden">Door scanner</h1>
      <StatusBar view={view} now={now} />
      <section class="place" aria-label="This door">
        <p class="place-event">{event?.name ?? device.eventId}</p>
        <p class="place-gate">
          {device.gate} <span class="quiet">· {device.name}{device.role === "supervisor" ? ", supervisor" : ""}</span>
        </p>
        <p class="place-inside">
          <strong data-fact="inside">{inside === null ? "–" : number(inside)}</strong> inside
        </p>
      </section>
      <section class="viewer" aria-label="Camera" data-camera={camera.state}>
        <video ref={video} muted playsInline aria-label="What the camera sees" />
        {camera.state === "running" ? (
          <div class="reticle" aria-hidden="true" />
        ) : (
          <div class="viewer-problem">
            {camera.state === "starting" ? (
              <p>Starting the camera …</p>
            ) : (
              <>
                <p role="alert">{CAMERA_PROBLEMS[camera.state]}</p>
                <button type="button" class="button" onClick={camera.restart}>Try again</button>
              </>
            )}
          </div>
        )}
        <p class="note" role="status" data-note={note ?? ""}>{note === null ? "" : NOTES[note]}</p>
      </section>
      <div class="controls">
        {last !== null && (
          <p class="last" data-good={isGood(last.verdict)}>
            Last: <strong>{headline(last.verdict)}</strong>
            <button type="button" class="button" onClick={() => door.scanning.reopen(last)}>Show</button>
          </p>
        )}
        <fieldset class="direction">
          <legend class="visually-hidden">Direction</legend>
          {(["in", "out"] as const satisfies readonly Direction[]).map((direction) => (
            <label key={direction} data-chosen={device.direction === direction}>
              <input
                type="radio"
                name="direction"
                value={direction}
                checked={device.direction === direction}
                onChange={() => void door.setDirection(direction)}
              />
              {DIRECTIONS[direction]}
            </label>
          ))}
        </fieldset>
        <div class="row even">
          <button type="button" class="button" onClick={() => setPanel("manual")}>Type code</button>
          {device.role === "supervisor" && (
            <button type="button" class="button" onClick={() => setPanel("search")}>Search</button>
          )}
          {camera.torch !== null && (
            <button type="button" class="button" aria-pressed={camera.torch} onClick={camera.switchTorch}>Torch</button>
          )}
          <button type="button" class="button" onClick={() => setPanel("menu")}>Menu</button>
        </div>
      </div>
      {panel === "manual" && (
        <Manual
          onClose={() => setPanel(null)}
          onCode={(code) => {
            setPanel(null);
            door.scanning.see(code);
          }}
        />
      )}
      {panel === "search" && (
        <Search
          door={door}
          view={view}
          onClose={() => setPanel(null)}
          onScan={(target, count) => {
            setPanel(null);
            void door.scanning.start(target, count);
          }}
        />
      )}
      {panel === "menu" && <Menu door={door} view={view} camera={camera} now={now} onClose={() => setPanel(null)} />}
      {screen.state !== "idle" && <VerdictScreen door={door} view={view} screen={screen} />}
    </main>
  );
}
