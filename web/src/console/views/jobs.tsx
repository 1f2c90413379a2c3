import {collection, limit, orderBy, query} from "firebase/firestore";
import {count} from "../../base/format";
import {JOBS} from "../jobs";
import {useList} from "../live";
import {State, When} from "../parts/bits";
import {Loaded} from "../parts/loaded";
import {Table} from "../parts/table";
import {href} from "../route";
import {JobPage} from "./job";
import {resultWords, type Run} from "../runs";

/** All jobs with their last run, or one of them. */
export default function Jobs({parts}: {parts: readonly string[]}) {
  const job = JOBS.find(({name}) => name === parts[0]);
  if (job !== undefined) return <JobPage key={job.name} job={job} />;
  return (
    <>
      <h1>Jobs</h1>
      <p class="quiet">They run by themselves, in UTC. Here they can be planned first, and then do exactly what the plan shows.</p>
      {parts[0] !== undefined && <p class="warn">There is no job {parts[0]}.</p>}
      <Table
        label="Jobs" rows={JOBS} keyOf={({name}) => name} empty="There are no jobs."
        columns={[
          {head: "Job", cell: ({name}) => <a href={href("jobs", name)}>{name}</a>},
          {head: "Last run", wide: true, cell: ({name}) => <LastRun job={name} />},
          {head: "Runs", cell: ({when}) => when},
          {head: "What it does", wide: true, cell: ({says}) => says},
        ]}
      />
    </>
  );
}

function LastRun({job}: {job: string}) {
  const live = useList<Run>(`last run of ${job}`, (firestore) => query(collection(firestore, "jobs", job, "runs"), orderBy("startedAt", "desc"), limit(1)));
  return (
    <Loaded live={live} what="the last run">
      {([run]) => (run === undefined ? <span class="quiet">never</span> : (
        <span class="run"><State state={run.outcome} /> <When at={run.startedAt} />{run.dryRun ? ", a plan" : ""}<br /><span class="quiet">{resultWords(run)}{run.failed > 0 ? `; ${count(run.failed)} failed` : ""}</span></span>
      ))}
    </Loaded>
  );
}
