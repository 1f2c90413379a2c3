import {ago, count as number} from "../../base/format";
import type {View} from "../door";
import {LINKS} from "../words";

/** A roster older than this is worth a warning, in ms. */
const OLD_MS = 60_000;
const CLOCK_OFF_MS = 60_000;

/** Whether the till can be reached, what waits for it, and how old the guest list is. */
export function StatusBar({view, now}: {view: View; now: Date}) {
  const {link, counts, rosterAt, event, clockAhead} = view;
  const isOld = rosterAt !== null && now.getTime() - rosterAt > OLD_MS;
  return (
    <div class="bar" data-state={link} role="group" aria-label="Connection">
      <p class="bar-link">
        <span class="dot" aria-hidden="true" />
        <strong role="status">{LINKS[link]}</strong>
        {link === "offline" && <span>{offlineWords(event?.offlineAllowed ?? null)}</span>}
      </p>
      <dl class="bar-facts">
        <div>
          <dt>To upload</dt>
          <dd data-fact="queued">{number(counts.queued)}</dd>
        </div>
        <div data-old={isOld}>
          <dt>Guest list</dt>
          <dd data-fact="roster-age">{rosterAt === null ? "none yet" : `${ago(new Date(rosterAt), now)} old`}</dd>
        </div>
        {counts.parked > 0 && (
          <div class="alarming">
            <dt>Parked</dt>
            <dd data-fact="parked">{number(counts.parked)}</dd>
          </div>
        )}
        {counts.conflicts > 0 && (
          <div class="alarming">
            <dt>Conflicts</dt>
            <dd data-fact="conflicts">{number(counts.conflicts)}</dd>
          </div>
        )}
      </dl>
      {Math.abs(clockAhead) > CLOCK_OFF_MS && (
        <p class="bar-warning">
          This phone's clock is {ago(new Date(0), new Date(Math.abs(clockAhead)))} {clockAhead > 0 ? "fast" : "slow"}. Set it right.
        </p>
      )}
    </div>
  );
}

function offlineWords(allowed: boolean | null): string {
  if (allowed === null) return "no guest list";
  return allowed ? "this device decides" : "nobody is admitted";
}
