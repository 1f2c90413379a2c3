import type {ComponentChildren} from "preact";
import {useEffect, useId, useRef} from "preact/hooks";

/** A native dialog over the page; Escape closes it unless `busy`. */
export function Modal({title, busy = false, onClose, children}: {title: string; busy?: boolean; onClose: () => void; children: ComponentChildren}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    // It is taken out of the page while open, so the browser does not see it close.
    return () => void (before instanceof HTMLElement && before.isConnected && before.focus());
  }, []);
  const cancel = (event: Event) => {
    event.preventDefault();
    if (!busy) onClose();
  };
  // A browser that was not let close it asks no second time.
  const closed = () => (busy ? dialog.current?.showModal() : onClose());
  return (
    <dialog ref={dialog} aria-labelledby={heading} onCancel={cancel} onClose={closed}>
      <h2 id={heading}>{title}</h2>
      {children}
    </dialog>
  );
}
