import {useEffect, useRef, useState} from "preact/hooks";
import {count as number} from "../../base/format";
import {moreOf, type Note, type Screen} from "../scanning";
import type {Door, View} from "../door";
import {isGood, type Verdict} from "../verdict";
import {details, DOES, headline, NOTES} from "../words";
import {useModal} from "./hooks";
import {Icon} from "./Icon";
import {Reason} from "./Reason";
import {Stepper} from "./Stepper";

type Shown = Exclude<Screen, {state: "idle"}>;

/** How a verdict looks: what the colours and stripes of door.css go by. */
function toneOf(verdict: Verdict): string {
  if (verdict.kind === "offline-admit") return "striped";
  if (verdict.kind === "goodbye") return "out";
  if (verdict.kind === "forced") return "forced";
  if (isGood(verdict)) return "good";
  return verdict.kind === "no-answer" || verdict.kind === "outdated" || verdict.kind === "not-now" ? "unclear" : "bad";
}

/** The verdict over the whole screen; grey until there is one. */
export function VerdictScreen({door, view, screen}: {door: Door; view: View; screen: Shown}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const next = useRef<HTMLButtonElement>(null);
  const [asking, setAsking] = useState<"undo" | "force" | null>(null);
  const {scanning} = door;
  const {scanId} = screen.input;

  useModal(dialog);
  useEffect(() => {
    setAsking(null);
    (next.current ?? dialog.current)?.focus();
  }, [screen.state, scanId]);

  if (screen.state === "checking") {
    return (
      <dialog ref={dialog} class="verdict" data-verdict="checking" data-tone="wait" aria-label="Checking" onCancel={stay} onClose={reopen}>
        <p class="visually-hidden" aria-live="assertive">Checking</p>
        <div class="verdict-body">
          <Icon kind="checking" />
          <h2 style={{"--letters": "CHECKING".length}}>CHECKING</h2>
          {"name" in screen.target && <p class="verdict-line">{screen.target.name}</p>}
        </div>
        <div class="verdict-controls">
          <QuietNote note={view.note} />
        </div>
      </dialog>
    );
  }

  const {verdict, target} = screen;
  const word = headline(verdict);
  const lines = details(verdict, new Date());
  const good = isGood(verdict);
  const more = moreOf(screen);
  const isSupervisor = view.device?.role === "supervisor";
  const isAboutTicket = verdict.kind !== "not-allowed" && verdict.kind !== "outdated";
  const canForce = isSupervisor && !good && isAboutTicket && "code" in target && screen.input.direction === "in";
  const canUndo = isSupervisor && good && !verdict.offline && verdict.kind !== "forced";

  function ask(what: "undo" | "force") {
    scanning.hold();
    setAsking(what);
  }

  function tapped(event: MouseEvent) {
    if (event.target instanceof Element && event.target.closest("button, input, form, .stepper") === null) scanning.dismiss();
  }

  return (
    <dialog
      ref={dialog}
      class="verdict"
      data-verdict={verdict.kind}
      data-tone={toneOf(verdict)}
      data-held={screen.held}
      aria-labelledby="verdict-word"
      aria-describedby="verdict-details"
      onClick={asking === null ? tapped : undefined}
      onCancel={(event) => {
        stay(event);
        if (asking === null) scanning.dismiss();
        else setAsking(null);
      }}
      onClose={reopen}
    >
      <p class="visually-hidden" aria-live="assertive">{[word, ...lines].join(". ")}</p>
      <div class="verdict-body">
        <Icon kind={verdict.kind} />
        <h2 id="verdict-word" style={{"--letters": longest(word)}}>{word}</h2>
        {"name" in target && <p class="verdict-line"><strong>{target.name}</strong></p>}
        <div id="verdict-details">
          {lines.map((line) => <p class="verdict-line" key={line}>{line}</p>)}
        </div>
      </div>
      <div class="verdict-controls">
        <QuietNote note={view.note} />
        {asking === "undo" && (
          <Reason
            label="Why take it back?"
            action="Take back"
            onCancel={() => setAsking(null)}
            onDone={async (reason) => {
              await door.undo(screen.input.eventId, scanId, reason);
              scanning.dismiss();
            }}
          />
        )}
        {asking === "force" && (
          <Reason
            label="Why let them in?"
            action="Let in anyway"
            onCancel={() => setAsking(null)}
            onDone={(reason) => scanning.force(reason)}
          />
        )}
        {asking === null && (
          <>
            {more > 0 && (
              <Stepper
                key={scanId}
                label="More of the party"
                most={more}
                first={more}
                words={(count) => `${DOES[screen.input.direction]} ${number(count)} more`}
                onTouch={() => scanning.hold()}
                onGo={(count) => void scanning.more(count)}
              />
            )}
            <div class="row even">
              {canUndo && <button type="button" class="button" onClick={() => ask("undo")}>Undo</button>}
              {canForce && <button type="button" class="button" onClick={() => ask("force")}>Let in anyway</button>}
              {verdict.kind === "no-answer" && (
                <button type="button" class="button" onClick={() => void scanning.retry()}>Try now</button>
              )}
              <button ref={next} type="button" class="button next" onClick={() => scanning.dismiss()}>
                {verdict.kind === "no-answer" ? "Give up" : "Next"}
              </button>
            </div>
          </>
        )}
      </div>
    </dialog>
  );
}

function QuietNote({note}: {note: Note | null}) {
  return <p class="verdict-note" role="status" data-note={note ?? ""}>{note === null ? "" : NOTES[note]}</p>;
}

function longest(words: string): number {
  return Math.max(...words.split(" ").map((word) => word.length));
}

/** Escape must not close the dialog behind the scanner's back. */
function stay(event: Event) {
  event.preventDefault();
}

/** Nor may Android's back, which a page that nobody has touched of late is not asked about. */
function reopen({currentTarget: dialog}: {currentTarget: HTMLDialogElement}) {
  if (dialog.isConnected && !dialog.open) dialog.showModal();
}
