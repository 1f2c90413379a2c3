// Reads QR codes from frames, apart from the page, so that a slow frame freezes nothing.

import wasmUrl from "zxing-wasm/reader/zxing_reader.wasm?url";

/** A frame to read, or `which` decoder there is. */
export type Frame = {id: number; image: ImageBitmap | ImageData};
/** What was read of frame `id`: null if nothing. */
export type Reading = {id: number; text: string | null; decoder: string; problem: string | null};

type Decoder = (image: ImageBitmap | ImageData) => Promise<string | null>;

/** Part of the Shape Detection API, which TypeScript does not know. */
interface Detector {
  detect: (image: ImageBitmap | ImageData) => Promise<{rawValue: string}[]>;
}
interface DetectorClass {
  new (options: {formats: string[]}): Detector;
  getSupportedFormats: () => Promise<string[]>;
}

/** A native decoder that fails so often in a row is given up for our own. */
const FAILURES = 3;

const scope = self as unknown as DedicatedWorkerGlobalScope & {BarcodeDetector?: DetectorClass};
let chosen: Promise<{name: string; decode: Decoder}> | undefined;
let failures = 0;

scope.onmessage = ({data: {id, image}}: MessageEvent<Frame>) => void answer(id, image);

async function answer(id: number, image: ImageBitmap | ImageData): Promise<void> {
  let reading: Reading = {id, text: null, decoder: "", problem: null};
  try {
    chosen ??= choose();
    const {name, decode} = await chosen;
    reading = {...reading, decoder: name};
    reading = {...reading, text: await decode(image)};
    failures = 0;
  } catch (problem) {
    // One frame that no decoder bears must not end the loop.
    reading = {...reading, problem: String(problem)};
    failures += 1;
    if (failures >= FAILURES) {
      chosen = ours();
      failures = 0;
    }
  } finally {
    if ("close" in image) image.close();
  }
  scope.postMessage(reading);
}

async function choose(): Promise<{name: string; decode: Decoder}> {
  const native = scope.BarcodeDetector;
  try {
    if (native !== undefined && (await native.getSupportedFormats()).includes("qr_code")) {
      const detector = new native({formats: ["qr_code"]});
      return {name: "native", decode: async (image) => (await detector.detect(image))[0]?.rawValue || null};
    }
  } catch {
    // There in name only, as on some desktops.
  }
  return ours();
}

async function ours(): Promise<{name: string; decode: Decoder}> {
  const {prepareZXingModule, readBarcodes} = await import("zxing-wasm/reader");
  await prepareZXingModule({overrides: {locateFile: () => wasmUrl}, fireImmediately: true});
  return {
    name: "zxing",
    decode: async (image) => {
      const [found] = await readBarcodes(pixels(image), {
        formats: ["QRCode"],
        tryRotate: false,
        maxNumberOfSymbols: 1,
        textMode: "Plain",
      });
      return found?.text || null;
    },
  };
}

let canvas: OffscreenCanvas | undefined;

function pixels(image: ImageBitmap | ImageData): ImageData {
  if (image instanceof ImageData) return image;
  const {width, height} = image;
  if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", {willReadFrequently: true});
  if (context === null) throw new Error("no 2d context");
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, width, height);
}
