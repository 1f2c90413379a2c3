import {useDocument} from "../live";
import {UserLink, OrderLink} from "../parts/bits";
import {Loaded} from "../parts/loaded";
import {readable} from "../readable";

/** Any document that administrators may read, as it is, but for what opens a door. */
export default function Document({parts}: {parts: readonly string[]}) {
  const path = parts.join("/");
  const whole = parts.length > 0 && parts.length % 2 === 0;
  const live = useDocument<Record<string, unknown>>(whole ? path : null);
  return (
    <>
      <h1><code class="whole">{path}</code></h1>
      {!whole ? <p class="warn">That is no path of a document.</p> : (
        <Loaded live={live} what="the document">
          {(found) => {
            if (found === null) return <p class="warn">There is no such document.</p>;
            const {$id: _, $path: __, ...data} = found;
            return (
              <>
                <p class="row">
                  {typeof data["userId"] === "string" && <span>User <UserLink id={data["userId"]} /></span>}
                  {typeof data["orderId"] === "string" && <span>Order <OrderLink id={data["orderId"]} /></span>}
                </p>
                <pre class="payload card" tabIndex={0} aria-label="Document">{JSON.stringify(readable(data), null, 2)}</pre>
              </>
            );
          }}
        </Loaded>
      )}
    </>
  );
}
