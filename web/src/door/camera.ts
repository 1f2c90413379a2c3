// The phone's cameras: opening one, its torch, and why it does not open.

export type CameraProblem = "denied" | "none" | "busy" | "insecure" | "failed";

export interface Camera {
  stream: MediaStream;
  deviceId: string | null;
  /** Whether its torch can be switched. */
  hasTorch: boolean;
}

export interface CameraChoice {
  deviceId: string;
  label: string;
}

/** Why a camera did not open. */
export class CameraError extends Error {
  constructor(readonly problem: CameraProblem, options?: ErrorOptions) {
    super(problem, options);
  }
}

/** Of the constraints and capabilities of the Media Capture standard, TypeScript knows no torch. */
type Torch = {torch?: boolean};

/**
 * Opens a camera.
 *
 * @param deviceId the one that was chosen before; the one that looks away from the user if null or gone.
 * @throws CameraError
 */
export async function openCamera(deviceId: string | null): Promise<Camera> {
  if (navigator.mediaDevices === undefined) throw new CameraError("insecure");
  const size = {width: {ideal: 1280}, height: {ideal: 720}};
  try {
    const wanted = deviceId === null ? {facingMode: {ideal: "environment"}} : {deviceId: {exact: deviceId}};
    const stream = await navigator.mediaDevices.getUserMedia({audio: false, video: {...size, ...wanted}});
    const [track] = stream.getVideoTracks();
    const can = (track?.getCapabilities?.() ?? {}) as Torch;
    return {stream, deviceId: track?.getSettings().deviceId ?? null, hasTorch: can.torch === true};
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    if (deviceId !== null && (name === "OverconstrainedError" || name === "NotFoundError")) return openCamera(null);
    throw new CameraError(PROBLEMS[name] ?? "failed", {cause: error});
  }
}

const PROBLEMS: Readonly<Record<string, CameraProblem>> = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  OverconstrainedError: "none",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** The cameras there are; their names are known only once one was allowed. */
export async function cameras(): Promise<CameraChoice[]> {
  const found = await navigator.mediaDevices.enumerateDevices();
  return found
    .filter(({kind}) => kind === "videoinput")
    .map(({deviceId, label}, index) => ({deviceId, label: label === "" ? `Camera ${index + 1}` : label}));
}

/** Switches the torch; a camera that refuses stays as it is. */
export async function setTorch(camera: Camera, torch: boolean): Promise<boolean> {
  const [track] = camera.stream.getVideoTracks();
  try {
    await track?.applyConstraints({advanced: [{torch} as MediaTrackConstraintSet]});
    return torch;
  } catch {
    return !torch;
  }
}

/** Lets a camera go. */
export function closeCamera(camera: Camera): void {
  for (const track of camera.stream.getTracks()) track.stop();
}
