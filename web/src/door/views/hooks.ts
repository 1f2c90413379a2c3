import {type RefObject} from "preact";
import {useCallback, useEffect, useRef, useState} from "preact/hooks";
import {type Camera, cameras, CameraError, type CameraChoice, type CameraProblem, closeCamera, openCamera, setTorch} from "../camera";
import {decodeFrames, type Rate} from "../decoding";
import type {Door, View} from "../door";

/** The door's view, again after each change. */
export function useView(door: Door): View {
  const [view, setView] = useState(door.view);
  useEffect(() => {
    setView(door.view);
    return door.subscribe(() => setView(door.view));
  }, [door]);
  return view;
}

/** The time, again every `ms`. */
export function useNow(ms: number): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return now;
}

/** Shows a dialog over all else, and gives the focus back to where it was once the dialog goes. */
export function useModal(dialog: RefObject<HTMLDialogElement | null>): void {
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({preventScroll: true});
    };
  }, [dialog]);
}

export interface CameraView {
  state: "starting" | "running" | CameraProblem;
  choices: CameraChoice[];
  deviceId: string | null;
  rate: Rate;
  /** Null if there is none. */
  torch: boolean | null;
  switchTorch: () => void;
  restart: () => void;
}

/** Runs a camera into `video` and tells what codes it shows, as long as the component is there. */
export function useCamera(
  video: RefObject<HTMLVideoElement | null>,
  wanted: string | null,
  seen: (text: string) => void,
): CameraView {
  const [state, setState] = useState<CameraView["state"]>("starting");
  const [choices, setChoices] = useState<CameraChoice[]>([]);
  const [rate, setRate] = useState<Rate>({perSecond: 0, decoder: ""});
  const [torch, setTorchOn] = useState<boolean | null>(null);
  const [tries, setTries] = useState(0);
  const opened = useRef<Camera | null>(null);
  const latest = useRef(seen);
  latest.current = seen;

  useEffect(() => {
    let ended = false;
    let stop: (() => void) | undefined;

    async function run(): Promise<void> {
      setState("starting");
      setTorchOn(null);
      try {
        const camera = await openCamera(wanted);
        const element = video.current;
        if (ended || element === null) return closeCamera(camera);
        opened.current = camera;
        // Another app has taken the camera, or it was pulled out.
        camera.stream.getVideoTracks()[0]?.addEventListener("ended", () => !ended && setState("busy"));
        element.srcObject = camera.stream;
        await element.play();
        if (ended) return;
        setState("running");
        setTorchOn(camera.hasTorch ? false : null);
        stop = decodeFrames(element, (text) => latest.current(text), setRate);
        setChoices(await cameras());
      } catch (error) {
        if (!ended) setState(error instanceof CameraError ? error.problem : "failed");
      }
    }

    void run();
    return () => {
      ended = true;
      stop?.();
      if (opened.current !== null) closeCamera(opened.current);
      opened.current = null;
    };
  }, [wanted, tries, video]);

  const switchTorch = useCallback(() => {
    const camera = opened.current;
    if (camera !== null && torch !== null) void setTorch(camera, !torch).then(setTorchOn);
  }, [torch]);
  const restart = useCallback(() => setTries((before) => before + 1), []);
  return {state, choices, deviceId: opened.current?.deviceId ?? null, rate, torch, switchTorch, restart};
}
