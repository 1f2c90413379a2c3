// What a device at the door does with a code and the roster alone, in WebCrypto as browsers have it.

const CODE = /^(FT1\.([\w-]{1,128})\.([1-9]\d{0,8})\.([\w-]{16,64}))\.([\w-]{86})$/;

const fromBase64url = (text) => Buffer.from(text, 'base64url');

async function isSigned(signed, signature, publicKeys) {
  for (const raw of publicKeys) {
    const key = await crypto.subtle.importKey('raw', fromBase64url(raw), 'Ed25519', false, ['verify']);
    const bytes = new TextEncoder().encode(signed);
    if (await crypto.subtle.verify('Ed25519', key, fromBase64url(signature), bytes)) return true;
  }
  return false;
}

async function sha256(text) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Buffer.from(digest).toString('hex');
}

async function verdict(code, roster) {
  const found = CODE.exec(code);
  if (!found) return 'code_forged';
  const [, signed, eventId, , token, signature] = found;
  if (!(await isSigned(signed, signature, roster.publicKeys))) return 'code_forged';
  if (eventId !== roster.eventId) return 'wrong_event';
  const hash = await sha256(token);
  const entry = roster.entries.find((one) => one.tokenHash === hash);
  if (!entry) {
    const replaced = roster.entries.some((one) => one.previousTokenHashes.includes(hash));
    return replaced ? 'ticket_revoked' : 'ticket_not_found';
  }
  if (entry.closed) return `ticket_${entry.closed}`;
  if (entry.remaining === 0) return 'already_used';
  return entry.active ? 'admitted' : 'ticket_inactive';
}

const { codes, roster } = JSON.parse(process.argv[2]);
console.log(JSON.stringify(await Promise.all(codes.map((code) => verdict(code, roster)))));
