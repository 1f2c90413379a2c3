// A hardware scanner is a keyboard that types fast and ends with Enter, wherever the focus is.

/** On average a scanner takes no longer for a key, in ms, and no person is so fast. */
const KEY_MS = 50;
/** After a longer pause another text begins, in ms; a busy phone delays single keys. */
const PAUSE_MS = 400;
/** No code is shorter. */
const SHORTEST = 16;

interface Burst {
  text: string;
  /** When its first key came and its last, in ms. */
  began: number;
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
    if (burst !== null && now - burst.at > PAUSE_MS) burst = null;
    if (event.key === "Enter") {
      if (burst !== null && isScanned(burst)) {
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
    } else if (event.key === " ") {
      // No code has one, and whoever types a sentence fast is a person.
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

function isScanned({text, began, at}: Burst): boolean {
  return text.length >= SHORTEST && (at - began) / (text.length - 1) <= KEY_MS;
}

function begin(event: KeyboardEvent): Burst {
  const {target} = event;
  const field = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement ? target : null;
  return {text: "", began: event.timeStamp, at: event.timeStamp, field, before: field?.value ?? ""};
}
