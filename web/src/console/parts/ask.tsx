import {useState} from "preact/hooks";
import type {Ask} from "../context";
import {problemWords} from "../words";
import {Modal} from "./modal";

const LONGEST_REASON = 200;

/** Asks for a yes, with a reason where there has to be one, and carries the action out. */
export function AskDialog({ask, onClose, onDone}: {ask: Ask; onClose: () => void; onDone: (words: string) => void}) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget as HTMLFormElement).get("reason") ?? "").trim();
    setBusy(true);
    setProblem(null);
    try {
      const words = await ask.run(reason);
      onClose();
      onDone(words);
    } catch (error) {
      setProblem(problemWords(error));
      setBusy(false);
    }
  }

  return (
    <Modal title={ask.title} busy={busy} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <div>{ask.says}</div>
        {ask.reason !== undefined && (
          <label>
            {ask.reason}
            <input name="reason" required maxLength={LONGEST_REASON} autocomplete="off" autofocus pattern=".*\S.*" />
          </label>
        )}
        {problem !== null && <p class="problem" role="alert">{problem}</p>}
        <div class="row end">
          <button type="button" class="button" disabled={busy} onClick={onClose}>Cancel</button>
          <button class={`button ${ask.danger ? "danger" : "primary"}`} disabled={busy}>{busy ? "Working …" : ask.confirm}</button>
        </div>
      </form>
    </Modal>
  );
}
