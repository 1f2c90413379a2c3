// The installed scanner opens without a network. The build fills in which files that takes.

declare const PRECACHE: readonly string[];
declare const VERSION: string;

const scope = self as unknown as ServiceWorkerGlobalScope;
const PAGE = "/door/";
const PREFIX = "firetill-door-";
const CACHE = PREFIX + VERSION;
/** Without the page within this time the kept one is shown, in ms. */
const PATIENCE_MS = 2000;

scope.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      await cache.addAll(PRECACHE.map((path) => new Request(path, {cache: "no-cache"})));
      await scope.skipWaiting();
    })(),
  );
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const ours = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
      const before = ours.filter((name) => name !== CACHE);
      // A page of the version before may be open and still load parts of it.
      await Promise.all(before.slice(0, -1).map((name) => caches.delete(name)));
      await scope.clients.claim();
    })(),
  );
});

scope.addEventListener("fetch", (event) => {
  const {request} = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== scope.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (PRECACHE.includes(url.pathname) || url.pathname.startsWith("/assets/")) event.respondWith(kept(request));
});

/** The newest page, or the kept one if it does not come soon. */
async function page(request: Request): Promise<Response> {
  const fresh = fetch(request).then((answer) => {
    if (!answer.ok) throw new Error(`the page answered ${answer.status}`);
    return answer;
  });
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error("too slow")), PATIENCE_MS));
  try {
    return await Promise.race([fresh, late]);
  } catch {
    return (await (await caches.open(CACHE)).match(PAGE)) ?? fresh;
  }
}

/** Files with a hash in their names never change. */
async function kept(request: Request): Promise<Response> {
  return (await caches.match(request, {ignoreSearch: true})) ?? fetch(request);
}
