import {collection, documentId, limit, orderBy, query, startAt} from "firebase/firestore";
import {call} from "../../base/calls";
import {clock, count, money, shortMoney} from "../../base/format";
import {Columns} from "../charts/columns";
import {Line} from "../charts/line";
import {Ranks} from "../charts/ranks";
import {Sparkline} from "../charts/sparkline";
import {useConsole} from "../context";
import {actions, countedAt, credits, dayOf, daysUpTo, type DayFigures, filled, newUsers, ranks, revenue, sessionCounts, sessions, total} from "../figures";
import {useList, useNow} from "../live";
import {Big} from "../parts/bits";
import {dateOf} from "../instant";
import {Loaded, orEmpty} from "../parts/loaded";
import type {Run} from "../runs";
import {DoorsNow} from "./doors-now";

const DAYS = 30;
const FEWEST = 7;

export default function Overview() {
  const today = dayOf(useNow(30));
  const days = daysUpTo(today, DAYS);
  const metrics = useList<DayFigures>(`metrics from ${days[0]}`, (firestore) =>
    query(collection(firestore, "metrics"), orderBy(documentId()), startAt(days[0]), limit(DAYS + 1)));
  return (
    <>
      <h1>Overview</h1>
      <Loaded live={metrics} what="the figures">
        {(found) => <Figures days={filled(found.map((one) => ({...one, day: one.$id})), days)} />}
      </Loaded>
      <DoorsNow />
    </>
  );
}

function Figures({days: all}: {days: readonly DayFigures[]}) {
  // A till that is new has no empty weeks to show.
  const days = all.slice(Math.min(all.length - FEWEST, Math.max(0, all.findIndex((day) => day.updatedAt))));
  const labels = days.map(({day}) => dayLabel(day));
  const plot = {labels, axis: "Day"};
  const currencies = revenue(days);
  return (
    <>
      <Freshness changedAt={countedAt(days)} />
      <Today days={days} />
      <h2>The last {days.length} days</h2>
      <div class="charts">
        {currencies.length === 0 && <Columns {...plot} figure="revenue" title="Revenue" series={[]} empty="No payment was settled yet." />}
        {currencies.map(({currency, series}) => (
          <Columns key={currency} {...plot} figure={`revenue-${currency}`} title={`Revenue, ${currency.toUpperCase()}`} note="Settled payments; refunds are not taken off." series={[series]} format={(value) => money(value, currency)} tick={(value) => shortMoney(value, currency)} />
        ))}
        <Columns {...plot} figure="credits" title="Credits issued and gone" note="Above zero what came, below what left for good." series={credits(days)} empty="No credits moved yet." />
        <Columns {...plot} figure="sessions" title="Sessions by outcome" note="How pledges and redemptions ended." series={sessions(days)} empty="No session has ended yet." />
        <Columns {...plot} figure="actions" title="Actions charged and refunded" series={actions(days)} empty="No action was charged yet." />
        <Ranks figure="refusals" title="Refusals by reason" note="Calls that were refused." head="Reason" ranks={ranks(days, "refusals")} empty="Nothing was refused." />
        <Line {...plot} figure="new-users" title="New users" series={newUsers(days)} />
      </div>
    </>
  );
}

/** When everything was counted last: a run that finds nothing new changes no day's figures. */
function Freshness({changedAt}: {changedAt: Date | null}) {
  const runs = useList<Run>("runs of computeMetrics", (firestore) =>
    query(collection(firestore, "jobs", "computeMetrics", "runs"), orderBy("startedAt", "desc"), limit(5)));
  const run = orEmpty(runs).find(({dryRun, outcome}) => !dryRun && outcome === "finished");
  const at = dateOf(run?.finishedAt) ?? changedAt;
  const {ask, functions} = useConsole();
  const countNow = () => ask({
    title: "Count now?",
    says: "Runs the job that counts by itself every five minutes. Whatever is older than a minute is counted, each thing once.",
    confirm: "Count now",
    run: async () => {
      await call(functions, "runJob", {job: "computeMetrics", reason: "counted now, from the overview"}, {seconds: 60});
      return "Counted everything up to a minute ago.";
    },
  });
  return (
    <p class="row freshness">
      <span data-figure="counted-at">{at === null ? "Not counted yet." : `Counted ${dayOf(at) === dayOf(new Date()) ? "" : `${dayLabel(dayOf(at))}, `}${clock(at)}.`}</span>
      <span class="quiet">The page follows by itself; days are UTC.</span>
      <button class="button small" onClick={countNow}>Count now …</button>
    </p>
  );
}

function Today({days}: {days: readonly DayFigures[]}) {
  const [yesterday, today] = days.slice(-2);
  if (today === undefined || yesterday === undefined) return null;
  const kept = [sessionCounts(today), sessionCounts(yesterday)] as const;
  const issued = days.map((day) => positive(day));
  const burned = days.map((day) => day.ledger?.["credits_burn"]?.amount ?? 0);
  const charged = days.map((day) => total(Object.values(day.actions ?? {}).map((one) => one.charged ?? 0)));
  const begun = days.map((day) => sessionCounts(day).begun);
  const admitted = days.map((day) => day.door?.admitted ?? 0);
  return (
    <section aria-labelledby="today">
      <h2 id="today">Today</h2>
      <div class="bigs">
        {revenue(days).map(({currency, series, payments}) => (
          <Number key={currency} figure={`today-revenue-${currency}`} label={`Revenue, ${currency.toUpperCase()}`} values={series.values} format={(value) => money(value, currency)} more={`${count(payments.values.at(-1) ?? 0)} payments`} />
        ))}
        <Number figure="today-issued" label="Credits issued" values={issued} />
        <Number figure="today-burned" label="Credits burned" values={burned} />
        <Number figure="today-sessions" label="Pledges begun" values={begun} more={`${count(kept[0].kept)} kept, ${count(kept[0].failed)} failed`} />
        <Number figure="today-actions" label="Actions" values={charged} />
        <Number figure="today-admitted" label="Admitted" values={admitted} more={`${count(today.door?.denied ?? 0)} scans denied`} />
        <Number figure="today-users" label="New users" values={newUsers(days).values} />
      </div>
    </section>
  );
}

function Number({figure, label, values, format = count, more}: {figure: string; label: string; values: readonly number[]; format?: (value: number) => string; more?: string}) {
  const [before = 0, now = 0] = values.slice(-2);
  const arrow = now > before ? "▲" : now < before ? "▼" : "=";
  const note = <>{more !== undefined && <>{more}<br /></>}<span aria-hidden="true">{arrow} </span>yesterday {format(before)}</>;
  return <Big figure={figure} label={label} value={format(now)} note={note}><Sparkline values={values} /></Big>;
}

function positive(day: DayFigures): number {
  return total(["credits_purchase", "credits_reinstate", "credits_grant"].map((kind) => day.ledger?.[kind]?.amount ?? 0));
}

function dayLabel(day: string): string {
  return new Date(`${day}T12:00:00Z`).toLocaleDateString(undefined, {day: "numeric", month: "short", timeZone: "UTC"});
}
