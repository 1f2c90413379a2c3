// Films of QR codes for Chromium's fake camera, as YUV4MPEG2: plain frames, black on white.

import {writeFile} from "node:fs/promises";
import {encode} from "uqr";

const [WIDTH, HEIGHT] = [640, 480];
const [BLACK, WHITE, NEUTRAL] = [16, 235, 128];
const QUIET_ZONE = 4;
const HEADER = (fps) => `YUV4MPEG2 W${WIDTH} H${HEIGHT} F${fps}:1 Ip A1:1 C420jpeg\n`;

/**
 * Writes a film.
 *
 * @param file where to.
 * @param scenes one after the other, each `{text, seconds}`: a QR code of `text`, or an empty picture.
 */
export async function shoot(file, scenes, {fps = 10} = {}) {
  const chroma = Buffer.alloc((WIDTH * HEIGHT) / 2, NEUTRAL);
  const parts = [Buffer.from(HEADER(fps))];
  for (const {text, seconds} of scenes) {
    const frame = Buffer.concat([Buffer.from("FRAME\n"), picture(text), chroma]);
    for (let shown = 0; shown < seconds * fps; shown++) parts.push(frame);
  }
  await writeFile(file, Buffer.concat(parts));
  return file;
}

function picture(text) {
  const luma = Buffer.alloc(WIDTH * HEIGHT, WHITE);
  if (text === undefined) return luma;
  const {data, size} = encode(text, {border: QUIET_ZONE, ecc: "M"});
  const scale = Math.floor(HEIGHT / size);
  const [left, top] = [WIDTH, HEIGHT].map((side) => Math.floor((side - size * scale) / 2));
  for (let y = 0; y < size * scale; y++) {
    for (let x = 0; x < size * scale; x++) {
      if (data[Math.floor(y / scale)][Math.floor(x / scale)]) luma[(top + y) * WIDTH + left + x] = BLACK;
    }
  }
  return luma;
}
