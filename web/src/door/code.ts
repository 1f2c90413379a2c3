// What a QR code says, and whether the till has signed it.

import {verifyAsync} from "@noble/ed25519";

const CODE =
  /^(?<signed>FT1\.(?<event>[A-Za-z0-9_-]{1,128})\.(?<version>[1-9][0-9]{0,8})\.(?<token>[A-Za-z0-9_-]{16,64}))\.(?<signature>[A-Za-z0-9_-]{86})$/;
const TOKEN = /^(?!__.*__$)[A-Za-z0-9_-]{16,64}$/;

/** The longest code that there can be; of a longer text its beginning is uploaded. */
export const LONGEST_CODE = 294;

export interface ReadCode {
  token: string;
  /** Null for a bare token, which carries nothing else. */
  eventId: string | null;
  version: number | null;
}

/**
 * Reads a code or a bare token.
 *
 * @param text what the QR code holds.
 * @param publicKeys base64url of raw Ed25519 keys; any of them may have signed it.
 * @returns null if it is neither, or nobody has signed it.
 */
export async function readCode(text: string, publicKeys: readonly string[]): Promise<ReadCode | null> {
  if (TOKEN.test(text)) return {token: text, eventId: null, version: null};
  const found = CODE.exec(text)?.groups;
  if (found === undefined) return null;
  const {signed = "", event = "", version = "", token = "", signature = ""} = found;
  if (!(await isSigned(signed, signature, publicKeys))) return null;
  return {token, eventId: event, version: Number(version)};
}

/** A token's SHA-256 in hexadecimal: what the roster holds of tokens. */
export async function tokenHash(token: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function isSigned(signed: string, signature: string, publicKeys: readonly string[]): Promise<boolean> {
  const raw = fromBase64url(signature);
  // The same bytes in another spelling are no signature of ours.
  if (toBase64url(raw) !== signature) return false;
  const message = new TextEncoder().encode(signed);
  for (const key of publicKeys) {
    try {
      if (await verifyAsync(raw, message, fromBase64url(key), {zip215: false})) return true;
    } catch {
      // A key or signature that is no point of the curve: the next key may fit.
    }
  }
  return false;
}

function fromBase64url(text: string): Uint8Array {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function toBase64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
