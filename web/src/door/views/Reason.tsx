import {useEffect, useRef, useState} from "preact/hooks";
import {NoAnswer, Refusal} from "../../base/calls";
import {reason as reasonText, UNANSWERED_CALL} from "../words";

/** What a call that did not work says to people. */
export function problemOf(error: unknown): string {
  if (error instanceof Refusal) return reasonText(error.reason);
  if (error instanceof NoAnswer) return UNANSWERED_CALL;
  return "That did not work. Try again.";
}

/** Asks why, then acts; a problem is shown and the reason kept. */
export function Reason(props: {label: string; action: string; onDone: (reason: string) => Promise<void>; onCancel: () => void}) {
  const {label, action, onDone, onCancel} = props;
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await onDone(String(new FormData(event.currentTarget as HTMLFormElement).get("reason")).trim());
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <form class="reason" onSubmit={submit} aria-label={action}>
      <label>
        {label}
        <input ref={field} name="reason" required maxLength={200} pattern=".*\S.*" autocomplete="off" enterkeyhint="done" />
      </label>
      {problem !== null && <p class="problem" role="alert">{problem}</p>}
      <div class="row even">
        <button type="button" class="button" onClick={onCancel}>Cancel</button>
        <button class="button primary" disabled={busy}>{action}</button>
      </div>
    </form>
  );
}
