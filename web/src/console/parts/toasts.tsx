import {useState} from "preact/hooks";

export interface Toast {
  id: number;
  words: string;
}

const SECONDS = 12;

/** What was done, in a corner, for a while. */
export function useToasts() {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const dismiss = (id: number) => setToasts((all) => all.filter((one) => one.id !== id));
  const tell = (words: string) => {
    const id = Date.now() + Math.random();
    setToasts((all) => [...all.slice(-2), {id, words}]);
    setTimeout(() => dismiss(id), SECONDS * 1000);
  };
  return {toasts, tell, dismiss};
}

export function Toasts({toasts, onDismiss}: {toasts: readonly Toast[]; onDismiss: (id: number) => void}) {
  return (
    <div class="toasts" role="status" aria-live="polite" aria-label="Results">
      {toasts.map(({id, words}) => (
        <div class="toast" key={id}>
          <span>{words}</span>
          <button class="icon" aria-label="Dismiss" onClick={() => onDismiss(id)}>×</button>
        </div>
      ))}
    </div>
  );
}
