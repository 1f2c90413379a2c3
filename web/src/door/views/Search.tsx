import {useEffect, useRef, useState} from "preact/hooks";
import {count as number} from "../../base/format";
import type {Door, View} from "../door";
import type {Target} from "../scanning";
import type {FoundGuest, Preview} from "../till";
import {DOES} from "../words";
import {Modal} from "./Modal";
import {problemOf} from "./Reason";
import {Stepper} from "./Stepper";

interface Looked {
  guest: FoundGuest;
  preview: Preview;
}

/** A guest without a code: found by what they know, looked at, and only then let in. */
export function Search(props: {
  door: Door;
  view: View;
  onClose: () => void;
  onScan: (target: Target, count: number) => void;
}) {
  const {door, view, onClose, onScan} = props;
  const eventId = view.device?.eventId ?? "";
  const [guests, setGuests] = useState<FoundGuest[] | null>(null);
  const [looked, setLooked] = useState<Looked | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  async function attempt(action: () => Promise<void>) {
    setBusy(true);
    setProblem(null);
    try {
      await action();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  }

  function find(event: SubmitEvent) {
    event.preventDefault();
    setLooked(null);
    void attempt(async () => setGuests((await door.till.find(eventId, (field.current?.value ?? "").trim())).guests));
  }

  function look(guest: FoundGuest) {
    void attempt(async () => setLooked({guest, preview: await door.till.preview(eventId, guest.userId)}));
  }

  return (
    <Modal title="Find a guest" onClose={onClose}>
      <form class="stack" onSubmit={find} role="search">
        <label>
          User name, verified e-mail, order or user id
          <input ref={field} name="search" type="search" required maxLength={254} autocomplete="off" autocapitalize="none" enterkeyhint="search" />
        </label>
        <button class="button primary tall" disabled={busy}>{busy ? "Looking …" : "Search"}</button>
      </form>
      {view.link === "offline" && <p class="warn">The till does not answer; the guest list here has no names.</p>}
      {problem !== null && <p class="problem" role="alert">{problem}</p>}
      {guests !== null && guests.length === 0 && <p role="status">Nobody by that name holds tickets of this event.</p>}
      {guests !== null && looked === null && (
        <ul class="plain stack">
          {guests.map((guest) => (
            <li key={guest.userId}>
              <button type="button" class="button wide" onClick={() => look(guest)}>
                <span>{nameOf(guest)}</span>
                <span class="quiet">{number(guest.remaining)} of {number(guest.totalTickets)} left</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {looked !== null && <Found {...looked} direction={view.device?.direction ?? "in"} onScan={onScan} />}
    </Modal>
  );
}

function Found({guest, preview, direction, onScan}: Looked & {
  direction: "in" | "out";
  onScan: (target: Target, count: number) => void;
}) {
  // Whoever is outside comes back without a ticket, where the event lets them; the till knows.
  const most = Math.max(1, ...preview.items.map(({remaining, usedCount, outside}) => (direction === "in" ? remaining + outside : usedCount - outside)));
  return (
    <section class="card stack" aria-label="Tickets of the guest">
      <h3>{nameOf(guest)}</h3>
      <ul>
        {preview.items.map((item) => (
          <li key={item.ragerId}>
            {number(item.remaining)} of {number(item.ticketQuantity)} left{item.active || item.remaining === 0 ? "" : ", switched off"}
          </li>
        ))}
      </ul>
      <Stepper
        label="How many"
        most={most}
        first={1}
        words={(count) => `${DOES[direction]} ${number(count)}`}
        primary
        onGo={(count) => onScan({userId: guest.userId, name: nameOf(guest), expectedVersion: preview.version}, count)}
      />
    </section>
  );
}

function nameOf({displayName, username, userId}: FoundGuest): string {
  return displayName ?? username ?? userId;
}
