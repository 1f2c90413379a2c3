// No document is needed: what the keys come from only has to have listeners.
import {describe, expect, it, vi} from "vitest";
import {listenToKeys} from "./keyboard";

class Field {}
vi.stubGlobal("HTMLInputElement", Field);
vi.stubGlobal("HTMLTextAreaElement", class {});

function typed(text: string, gap: number) {
  const codes: string[] = [];
  const target = new EventTarget();
  listenToKeys(target as Window, (code) => codes.push(code));
  let at = 0;
  let prevented = false;
  for (const key of [...text, "Enter"]) {
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

  it("lets a person's typing and a short burst pass", () => {
    expect(typed("FT1.night.1.x5Yk2dCq0m3bW8uRtL1ZVg", 120)).toEqual({codes: [], prevented: false});
    expect(typed("north", 5)).toEqual({codes: [], prevented: false});
  });
});
