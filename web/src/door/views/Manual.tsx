import {useEffect, useRef} from "preact/hooks";
import {Modal} from "./Modal";

/** Typing or pasting a code whose picture cannot be read. */
export function Manual({onClose, onCode}: {onClose: () => void; onCode: (code: string) => void}) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  function submit(event: SubmitEvent) {
    event.preventDefault();
    onCode(field.current?.value ?? "");
  }

  return (
    <Modal title="Type a code" onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <label>
          Code on the ticket
          <input ref={field} name="code" required autocomplete="off" autocapitalize="none" spellcheck={false} enterkeyhint="go" />
        </label>
        <button class="button primary tall">Check this code</button>
      </form>
    </Modal>
  );
}
