// The worker's script. Tabs may connect before the code is here, and what nobody listens to is lost: their ports wait in a
// queue until the core takes them.

import init, { start } from "./trellis-worker.js";

const waiting = [];
let connect = (port) => waiting.push(port);

// A SharedWorker is told of each tab; a dedicated worker's tab sends it a port in the same way.
self.onconnect = (event) => connect(event.ports[0]);
self.onmessage = (event) => connect(event.ports[0]);

// The keys are a module of their own: the core shows what is stored before they are here.
let crypto = null;
const loadCrypto = () => {
  crypto ??= import("./trellis-crypto.js").then(async (module) => {
    await module.default();
    return module;
  });
  // What did not load is asked for again.
  crypto.catch(() => (crypto = null));
  return crypto;
};

// A trap leaves memory in no state to go on with. Whoever waits on this worker's lock starts another.
const end = (error) => {
  console.error(error);
  for (const port of waiting) port.postMessage(JSON.stringify({ failed: String(error) }));
  self.close();
};
const trapped = (error) => error instanceof WebAssembly.RuntimeError;
self.addEventListener("error", (event) => trapped(event.error) && end(event.error));
self.addEventListener("unhandledrejection", (event) => trapped(event.reason) && end(event.reason));

init()
  .then(() => start(self.name, loadCrypto))
  .then((core) => {
    connect = (port) => core.connect(port);
    waiting.splice(0).forEach(connect);
  })
  .catch((error) => {
    end(error);
    // Tabs that come while the browser winds this worker up.
    connect = (port) => port.postMessage(JSON.stringify({ failed: String(error) }));
  });
