// What only the emulators' owner can do: pass over the security rules, and run a job now.
//
// The demo needs it for four things: to let minutes pass that nobody wants to wait for, to tamper
// with a wallet, to put things on sale, and to read the records that customers do not see.

const AS_OWNER = {Authorization: "Bearer owner"};

export class Owner {
  /** Takes over a stack: `projectId`, `functionsUrl`, `firestoreUrl`. */
  constructor(stack) {
    const database = `projects/${stack.projectId}/databases/(default)/documents`;
    this.documents = `${stack.firestoreUrl}/v1/${database}`;
    this.triggers = `${stack.functionsUrl}/functions/projects/${stack.projectId}/triggers`;
  }

  /** Reads a document. */
  async read(path) {
    return decode({mapValue: await request(`${this.documents}/${path}`)});
  }

  /** Reads the documents of a collection. */
  async list(path) {
    const {documents = []} = await request(`${this.documents}/${path}?pageSize=300`);
    return documents.map((document) => decode({mapValue: document}));
  }

  /** Overwrites fields of a document; each name is a path such as `wallet.credits`. */
  async overwrite(path, values) {
    const mask = Object.keys(values).map((name) => `updateMask.fieldPaths=${name}`);
    const fields = {};
    for (const [name, value] of Object.entries(values)) put(fields, name.split("."), value);
    await request(`${this.documents}/${path}?${mask.join("&")}`, {method: "PATCH", body: {fields}});
  }

  /** Moves all times of a session back, as if so many minutes more had gone by. */
  async moveBack(sessionId, minutes) {
    const path = `sessions/${sessionId}`;
    const {startTime, endTime, native} = await this.read(path);
    const earlier = (time) => new Date(time.getTime() - minutes * 60_000);
    await this.overwrite(path, {
      startTime: earlier(startTime),
      endTime: earlier(endTime),
      "native.lastCheckedAt": earlier(native.lastCheckedAt),
    });
  }

  /**
   * Runs a scheduled function now; returns the records of its runs.
   *
   * That is one run or two: before its first request to a fresh process the Functions emulator asks
   * whether it is up, and a scheduled function takes that for a call.
   */
  async runJob(name) {
    const began = new Date();
    await request(`${this.triggers}/us-central1-${name}-0`, {method: "POST", body: {}});
    const runs = await this.list(`jobs/${name}/runs`);
    return runs.filter(({startedAt}) => startedAt >= began);
  }
}

async function request(url, {method = "GET", body} = {}) {
  const headers = {...AS_OWNER, "Content-Type": "application/json"};
  const answer = await fetch(url, {method, headers, body: body && JSON.stringify(body)});
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${text}`);
  return text.startsWith("{") ? JSON.parse(text) : {};
}

function put(fields, [name, ...rest], value) {
  if (rest.length === 0) {
    fields[name] = encode(value);
    return;
  }
  fields[name] ??= {mapValue: {fields: {}}};
  put(fields[name].mapValue.fields, rest, value);
}

function encode(value) {
  if (value === null) return {nullValue: null};
  if (value instanceof Date) return {timestampValue: value.toISOString()};
  if (Number.isInteger(value)) return {integerValue: String(value)};
  if (typeof value === "boolean") return {booleanValue: value};
  return {stringValue: value};
}

function decode(value) {
  const [[kind, held]] = Object.entries(value);
  switch (kind) {
    case "integerValue":
      return Number(held);
    case "timestampValue":
      return new Date(held);
    case "nullValue":
      return null;
    case "mapValue":
      return Object.fromEntries(
        Object.entries(held.fields ?? {}).map(([name, inner]) => [name, decode(inner)]),
      );
    case "arrayValue":
      return (held.values ?? []).map(decode);
    default:
      return held;
  }
}
