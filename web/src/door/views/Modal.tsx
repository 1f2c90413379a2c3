import type {ComponentChildren} from "preact";
import {useId, useRef} from "preact/hooks";
import {useModal} from "./hooks";

/** A panel over the page that keeps the focus; Escape closes it. */
export function Modal(props: {title: string; onClose: () => void; children: ComponentChildren}) {
  const {title, onClose, children} = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useModal(dialog);

  // A browser asks only pages that somebody has touched of late; else it closes the dialog itself.
  function cancel(event: Event) {
    event.preventDefault();
    onClose();
  }

  return (
    <dialog ref={dialog} class="panel" aria-labelledby={titleId} onCancel={cancel} onClose={onClose}>
      <header class="panel-head">
        <h2 id={titleId}>{title}</h2>
        <button type="button" class="button" onClick={onClose}>Close</button>
      </header>
      <div class="stack">{children}</div>
    </dialog>
  );
}
