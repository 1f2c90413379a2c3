import {collection, limit, orderBy, query} from "firebase/firestore";
import {useState} from "preact/hooks";
import {call} from "../../base/calls";
import {count} from "../../base/format";
import {useConsole} from "../context";
import type {Job} from "../jobs";
import {useList, useNow} from "../live";
import {Id, State, When} from "../parts/bits";
import {Loaded} from "../parts/loaded";
import {Table} from "../parts/table";
import {href} from "../route";
import {isApplicable, items, resultWords, type Run} from "../runs";
import {problemWords} from "../words";

const SECONDS = 60; // a run by hand takes up work for 45
const LAST = 20;

/** One job: plan it, apply exactly that plan, and what its last runs did. */
export function JobPage({job}: {job: Job}) {
  const {ask, functions} = useConsole();
  const [result, setResult] = useState<Run | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function plan() {
    setBusy(true);
    setProblem(null);
    try {
      setResult(await call<Run>(functions, "runJob", {job: job.name, dryRun: true}, {seconds: SECONDS}));
    } catch (error) {
      setProblem(problemWords(error));
    } finally {
      setBusy(false);
    }
  }

  const apply = (planned: Run) => ask({
    title: `Apply exactly this plan of ${job.name}?`,
    says: `Does with ${count(planned.shown.length)} ${planned.shown.length === 1 ? "item" : "items"} what the plan shows, and nothing else. Each is decided anew: if something else would come of it by now, it is left and named.`,
    confirm: "Apply this plan",
    reason: "Reason, for the audit log",
    run: async (reason) => {
      const run = await call<Run>(functions, "runJob", {job: job.name, planId: planned.runId, reason}, {seconds: SECONDS});
      setResult(run);
      return `Applied: ${resultWords(run)}${run.changed?.length ? `; ${count(run.changed.length)} left, because they have changed` : ""}.`;
    },
  });

  return (
    <>
      <p class="crumb"><a href={href("jobs")}>Jobs</a></p>
      <h1>{job.name}</h1>
      <p>{job.says} <span class="quiet">Runs {job.when}, UTC.</span></p>
      <p class="row">
        <button class="button primary" disabled={busy} onClick={plan}>{busy ? "Planning …" : "Plan"}</button>
        <span class="quiet">A plan decides everything as in earnest and changes nothing.</span>
      </p>
      {problem !== null && <p class="problem" role="alert">{problem}</p>}
      {result !== null && <Outcome run={result} onApply={apply} />}
      <Runs job={job.name} onShow={setResult} />
    </>
  );
}

function Outcome({run, onApply}: {run: Run; onApply: (run: Run) => void}) {
  const now = useNow(15);
  const what = run.dryRun ? "Plan" : run.planId ? "Applied plan" : "Run";
  return (
    <section class="card stack" aria-labelledby="outcome" aria-live="polite" data-run={run.runId} data-kind={run.dryRun ? "plan" : run.planId ? "applied" : "run"}>
      <h2 id="outcome">{what}</h2>
      <p><State state={run.outcome} /> <span data-figure="run-results">{resultWords(run)}</span>{run.failed > 0 && <span class="problem">; {count(run.failed)} failed</span>}. <When at={run.startedAt} /></p>
      {run.dryRun && items(run) > run.shown.length && <p class="warn">It found more than the {count(run.shown.length)} items shown. Only those that are shown would be applied.</p>}
      {run.shown.length > 0 && (
        <Table
          label={run.dryRun ? "What would come of each item" : "What came of each item"} rows={run.shown} keyOf={({item}) => item} empty=""
          columns={[{head: "Item", cell: ({item}) => <code>{item}</code>}, {head: run.dryRun ? "Would be" : "Was", cell: ({result}) => result.replaceAll("_", " ")}]}
        />
      )}
      {(run.changed?.length ?? 0) > 0 && (
        <>
          <h3>Left, because they have changed since the plan</h3>
          <Table
            label="Changed since the plan" rows={run.changed ?? []} keyOf={({item}) => item} empty=""
            columns={[
              {head: "Item", cell: ({item}) => <code>{item}</code>},
              {head: "Planned", cell: ({planned}) => planned.replaceAll("_", " ")},
              {head: "Now", cell: ({now}) => now?.replaceAll("_", " ") ?? "nothing for the job any more"},
            ]}
          />
        </>
      )}
      {run.firstFailures.length > 0 && (
        <Table
          label="First failures" rows={run.firstFailures} keyOf={({item}) => item} empty=""
          columns={[{head: "Failed", cell: ({item}) => <code>{item}</code>}, {head: "Error", wide: true, cell: ({error}) => error}]}
        />
      )}
      {run.dryRun && (isApplicable(run, now)
        ? <p><button class="button primary" onClick={() => onApply(run)}>Apply exactly this plan …</button></p>
        : <p class="quiet">{run.shown.length === 0 ? "There is nothing to apply." : "It is too old to be applied. Plan again."}</p>)}
    </section>
  );
}

function Runs({job, onShow}: {job: string; onShow: (run: Run) => void}) {
  const live = useList<Run>(`runs of ${job}`, (firestore) => query(collection(firestore, "jobs", job, "runs"), orderBy("startedAt", "desc"), limit(LAST)));
  return (
    <section aria-labelledby="runs">
      <h2 id="runs">Last runs</h2>
      <Loaded live={live} what="the runs">
        {(found) => (
          <Table
            label="Last runs" rows={found} keyOf={({$id}) => $id} empty="It has not run yet."
            columns={[
              {head: "Began", cell: ({startedAt}) => <When at={startedAt} />},
              {head: "Outcome", cell: ({outcome}) => <State state={outcome} />},
              {head: "Kind", cell: (run) => (run.dryRun ? "plan" : run.planId ? "applied plan" : "run")},
              {head: "Results", wide: true, cell: resultWords},
              {head: "Failed", number: true, cell: ({failed}) => count(failed)},
              {head: "Run", cell: ({$id}) => <Id id={$id} />},
              {head: "Look", cell: (run) => <button class="button small" onClick={() => onShow(run)}>Show</button>},
            ]}
          />
        )}
      </Loaded>
    </section>
  );
}
