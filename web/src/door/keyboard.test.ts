// No document is needed: what the keys come from only has to have listeners.
import {describe, expect, it, vi} from "vitest";
import {listenToKeys} from "./keyboard";

class Field {}
vi.stubGlobal("HTMLInputElement", Field);
vi.stubGlobal("HTMLTextAreaElement", class {});

function typed(text: string, gap: number, hiccup = 0) {
  const codes: string[] = [];
  const target = new EventTarget();
  listenToKeys(target as Window, (code) => codes.push(code));
  let at = 0;
  let prevented = false;
  for (const [index, key] of [...text, "Enter"].entries()) {
    if (index === 9) at += hiccup;
    const event = new Event("keydown", {cancelable: true});
    Object.defineProperties(event, {key: {value: key}, timeStamp: {value: (at += gap)}});
    target.dispatchEvent(event);
    prevented = event.defaultPrevented;
  }
  return {codes, prevented};
}

describe("listenToKeys", () => {
  it("tells a hardware scanner's code, and keeps its Enter from pressing a button", () => {
    expect(typed("FT1.night.1.x5Yk2dCq0m3bW8uRtL1ZVg", 5)).toEqual({
      codes: ["FT1.night.1.x5Yk2dCq0m3bW8uRtL1ZVg"],
      prevented: true,
    });
  });

  it("bears a key that is late, and begins anew after a pause", () => {
    expect(typed("FT1.night.1.x5Yk2dCq0m3bW8uRtL1ZVg", 5, 300).codes).toEqual(["FT1.night.1.x5Yk2dCq0m3bW8uRtL1ZVg"]);
    expect(typed("forgotten" + "FT1.night.1.x5Yk2dCq0m3bW8uRtL1ZVg", 5, 900).codes).toEqual(["FT1.night.1.x5Yk2dCq0m3bW8uRtL1ZVg"]);
  });

  it("lets a person's typing and a short burst pass", () => {
    expect(typed("FT1.night.1.x5Yk2dCq0m3bW8uRtL1ZVg", 120)).toEqual({codes: [], prevented: false});
    expect(typed("He is on the list of the band", 60)).toEqual({codes: [], prevented: false});
    expect(typed("north", 5)).toEqual({codes: [], prevented: false});
  });
});
