// A hardware scanner is a keyboard that types fast and ends with Enter, wherever the focus is.

/** Slower keys than this are a person's, in ms. */
const GAP_MS = 80;
const SHORTEST = 12;

interface Burst {
  text: string;
  at: number;
  field: HTMLInputElement | HTMLTextAreaElement | null;
  /** What the field held before the burst, which types into it too. */
  before: string;
}

/**
 * Tells codes that a hardware scanner types; a person's typing passes untouched.
 *
 * @returns what ends it.
 */
export function listenToKeys(target: Window, scanned: (code: string) => void): () => void {
  let burst: Burst | null = null;

  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) {
      burst = null;
      return;
    }
    const now = event.timeStamp;
    if (burst !== null && now - burst.at > GAP_MS) burst = null;
    if (event.key === "Enter") {
      if (burst !== null && burst.text.length >= SHORTEST) {
        // The Enter would press whatever button has the focus.
        event.preventDefault();
        event.stopPropagation();
        if (burst.field !== null) {
          burst.field.value = burst.before;
          burst.field.dispatchEvent(new Event("input", {bubbles: true}));
        }
        scanned(burst.text);
      }
      burst = null;
    } else if (event.key.length === 1) {
      burst ??= begin(event);
      burst.text += event.key;
      burst.at = now;
    }
  }

  target.addEventListener("keydown", onKey, {capture: true});
  return () => target.removeEventListener("keydown", onKey, {capture: true});
}

function begin(event: KeyboardEvent): Burst {
  const {target} = event;
  const field = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement ? target : null;
  return {text: "", at: event.timeStamp, field, before: field?.value ?? ""};
}
