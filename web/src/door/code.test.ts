import {describe, expect, it} from "vitest";
import {readCode, tokenHash} from "./code";
import {publicKey, signedCode, TOKEN} from "./door.fixtures";

const OTHER_SEED = new Uint8Array(32).fill(9);

describe("readCode", () => {
  it("reads a code that one of the keys has signed", async () => {
    const keys = [await publicKey(OTHER_SEED), await publicKey()];
    expect(await readCode(await signedCode({version: 12}), keys)).toEqual({token: TOKEN, eventId: "night", version: 12});
  });

  it("takes a code of another key for forged", async () => {
    expect(await readCode(await signedCode({seed: OTHER_SEED}), [await publicKey()])).toBeNull();
  });

  it.each([1, 5, 12, 40])("takes a code with another character at %i from the end for forged", async (place) => {
    const code = await signedCode();
    const at = code.length - place;
    const changed = code.slice(0, at) + (code[at] === "A" ? "B" : "A") + code.slice(at + 1);
    expect(await readCode(changed, [await publicKey()])).toBeNull();
  });

  it("takes the same signature in another spelling for forged", async () => {
    const code = await signedCode();
    // The last of 86 characters carries four bits that decode to nothing.
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const other = alphabet[alphabet.indexOf(code.at(-1) ?? "") + 1] ?? "";
    expect(await readCode(code.slice(0, -1) + other, [await publicKey()])).toBeNull();
  });

  it("reads a bare token, and nothing into what is none", async () => {
    const keys = [await publicKey()];
    expect(await readCode(TOKEN, keys)).toEqual({token: TOKEN, eventId: null, version: null});
    for (const text of ["", "https://example.com/a", "short", "__reserved-token__", `${TOKEN} `]) {
      expect(await readCode(text, keys)).toBeNull();
    }
  });

  it("survives a key that is none", async () => {
    expect(await readCode(await signedCode(), ["AAAA", "!", await publicKey()])).not.toBeNull();
  });
});

it("hashes tokens as the roster does", async () => {
  expect(await tokenHash("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
