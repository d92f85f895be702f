// The application shell: what the page is made of, kept so that it opens without a network, and changed as a whole.
//
// Knows no account, no token and no Matrix: only the files named below and `config.json` are ever answered here; everything
// else passes as if this were not there. Build and files are written in when the bundle is assembled.

const BUILD = "{{build}}";
// Each file's path and the SHA-256 of its content.
const FILES = {{precache}};

const PREFIX = "trellis-shell-";
const SHELL = PREFIX + BUILD;
const INDEX = "index.html";
const CONFIG = "config.json";
const CONFIG_CACHE = "trellis-config";

const scope = new URL(self.registration.scope);
const address = (path) => new URL(path, scope).href;

/** Names with a hash in them may be an earlier build's, which one of its tabs still needs. */
const HASHED = /-[0-9a-f]{12,16}[._/]/;

/** The file a request is for, or none of ours. */
const fileOf = (request) => {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return null;
  const path = url.pathname.slice(scope.pathname.length);
  if (path === "") return INDEX;
  return path in FILES || path === CONFIG || HASHED.test(path) ? path : null;
};

const hashOf = async (response) => {
  const digest = await crypto.subtle.digest("SHA-256", await response.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
};

/** An earlier build's copy of a file; with a hash, only the same file. */
const kept = async (path, hash) => {
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX) || name === SHELL) continue;
    const response = await (await caches.open(name)).match(address(path));
    if (response && (hash === null || response.headers.get("x-trellis-hash") === hash)) return response;
  }
  return null;
};

/** A file with its hash noted; never one of another build. */
const fetched = async (path, hash) => {
  const response = await fetch(address(path), { cache: "no-cache", credentials: "omit" });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  if ((await hashOf(response.clone())) !== hash) throw new Error(`${path} is of another build`);
  const headers = new Headers(response.headers);
  headers.set("x-trellis-hash", hash);
  // The body is decoded by now.
  headers.delete("content-encoding");
  headers.delete("content-length");
  return new Response(response.body, { status: 200, headers });
};

const install = async () => {
  const cache = await caches.open(SHELL);
  try {
    await Promise.all(
      Object.entries(FILES).map(async ([path, hash]) => {
        await cache.put(address(path), (await kept(path, hash)) ?? (await fetched(path, hash)));
      }),
    );
  } catch (error) {
    // All of a build or nothing: the earlier one goes on.
    await caches.delete(SHELL);
    throw error;
  }
};

/** Tabs of the build before this one may still need its files; older ones are gone. */
const activate = async () => {
  const shells = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== SHELL).sort();
  await Promise.all(shells.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
};

const shell = async (path, request) => {
  const cached = await (await caches.open(SHELL)).match(address(path));
  return cached ?? (await kept(path, null)) ?? fetch(request);
};

/** What was configured last, at once; what is configured now, for the next time. */
const config = async (event) => {
  const cache = await caches.open(CONFIG_CACHE);
  const cached = await cache.match(address(CONFIG));
  const fresh = fetch(address(CONFIG), { cache: "no-cache", credentials: "omit" }).then(async (response) => {
    if (response.ok) await cache.put(address(CONFIG), response.clone());
    return response;
  });
  if (!cached) return fresh;
  event.waitUntil(fresh.catch(() => undefined));
  return cached;
};

self.addEventListener("install", (event) => {
  // Matrix requests of the core need not even ask here, where the browser knows how to leave them out.
  event.addRoutes?.({ condition: { urlPattern: { pathname: "/_matrix/*" } }, source: "network" });
  event.waitUntil(install());
});

self.addEventListener("activate", (event) => event.waitUntil(activate()));

self.addEventListener("message", (event) => {
  if (event.data === "activate") event.waitUntil(self.skipWaiting());
});

self.addEventListener("fetch", (event) => {
  const path = fileOf(event.request);
  if (path === CONFIG) event.respondWith(config(event));
  else if (path !== null) event.respondWith(shell(path, event.request));
});
