// Frames of the camera to the decoder, one at a time: a slow phone drops frames, never queues them.

import type {Frame, Reading} from "./decoder.worker";

/** A decoder that is silent for so long is replaced, in ms; the first frame loads it. */
const STUCK_MS = 3000;
const FIRST_MS = 20_000;
/** Between two frames, in ms: more would only warm the phone. */
const PAUSE_MS = 50;
/** Longer sides are scaled down; codes on tickets need no more. */
const LONGEST_SIDE = 1280;
/** Over how many ms the rate is counted. */
const RATE_MS = 2000;

export interface Rate {
  perSecond: number;
  decoder: string;
}

/**
 * Reads the codes that a playing video shows, until the returned function is called.
 *
 * @param seen is told each code each time that it is read.
 * @param rated is told twice a second how fast it goes.
 */
export function decodeFrames(
  video: HTMLVideoElement,
  seen: (text: string) => void,
  rated: (rate: Rate) => void,
): () => void {
  let ended = false;
  let worker = begin();
  let warm = false;
  let answered: ((reading: Reading | null) => void) | undefined;
  const readings: number[] = [];
  let decoder = "";

  function begin(): Worker {
    const made = new Worker(new URL("./decoder.worker.ts", import.meta.url), {type: "module", name: "decoder"});
    made.onmessage = ({data}: MessageEvent<Reading>) => answered?.(data);
    made.onerror = () => answered?.(null);
    return made;
  }

  async function read(id: number): Promise<void> {
    const image = await grab(video);
    if (image === null) return;
    const frame: Frame = {id, image};
    const reading = await new Promise<Reading | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), warm ? STUCK_MS : FIRST_MS);
      answered = (answer) => {
        if (answer !== null && answer.id !== id) return;
        clearTimeout(timer);
        resolve(answer);
      };
      worker.postMessage(frame, image instanceof ImageBitmap ? [image] : [image.data.buffer]);
    });
    if (ended) return;
    if (reading === null) {
      worker.terminate();
      worker = begin();
      warm = false;
      return;
    }
    warm = true;
    decoder = reading.decoder;
    readings.push(performance.now());
    if (reading.text !== null) seen(reading.text);
  }

  async function loop(): Promise<void> {
    for (let id = 1; !ended; id += 1) {
      try {
        if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && document.visibilityState === "visible") {
          await read(id);
        }
      } catch (problem) {
        // Whatever becomes of one frame, the next guest is waiting.
        console.warn("A frame could not be read.", problem);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  const timer = setInterval(() => {
    const now = performance.now();
    while (readings[0] !== undefined && now - readings[0] > RATE_MS) readings.shift();
    rated({perSecond: readings.length / (RATE_MS / 1000), decoder});
  }, 500);
  void loop();
  return () => {
    ended = true;
    clearInterval(timer);
    worker.terminate();
    answered?.(null);
  };
}

let canvas: HTMLCanvasElement | undefined;

/** The frame that is shown now; null if there is none yet. */
async function grab(video: HTMLVideoElement): Promise<ImageBitmap | ImageData | null> {
  const {videoWidth, videoHeight} = video;
  if (videoWidth === 0 || videoHeight === 0) return null;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(videoWidth, videoHeight));
  const width = Math.round(videoWidth * scale);
  const height = Math.round(videoHeight * scale);
  if (typeof OffscreenCanvas !== "undefined") {
    return createImageBitmap(video, {resizeWidth: width, resizeHeight: height});
  }
  // Older Safari has no canvas in a worker, so the pixels are taken here.
  canvas ??= document.createElement("canvas");
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, {width, height});
  const context = canvas.getContext("2d", {willReadFrequently: true});
  if (context === null) return null;
  context.drawImage(video, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
