// Starts the page: sets the one Trusted Types policy, then loads the code.

// What a static template of the page may hold: elements and attributes that run nothing and load nothing. Event content
// never becomes HTML, so nothing else ever needs to pass.
const TAG = /<(\/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z_:][a-zA-Z0-9_:.-]*(?:="[^"]*")?)*)\s*\/?>|<!(?:--[^>]*--)?>/g;
const ATTRIBUTE = /\s+([a-zA-Z_:][a-zA-Z0-9_:.-]*)(?:="([^"]*)")?/g;
const FORBIDDEN_TAGS = new Set([
  "script", "style", "link", "meta", "base", "iframe", "frame", "object", "embed", "applet", "portal", "template",
  "foreignobject", "animate", "set", "image", "img", "video", "audio", "source", "track",
]);
const ADDRESSES = new Set(["href", "xlink:href"]);
const FORBIDDEN_ATTRIBUTES = new Set(["style", "src", "srcset", "srcdoc", "action", "formaction", "data", "is", "ping"]);

const isStatic = (html) => {
  const text = html.replace(TAG, (_, closing, name, attributes) => {
    if (name === undefined) return "";
    if (FORBIDDEN_TAGS.has(name.toLowerCase())) return "<";
    for (const [, attribute, value] of (attributes ?? "").matchAll(ATTRIBUTE)) {
      const lower = attribute.toLowerCase();
      const leaves = ADDRESSES.has(lower) && !(value ?? "").startsWith("#");
      if (lower.startsWith("on") || FORBIDDEN_ATTRIBUTES.has(lower) || leaves) return "<";
    }
    return "";
  });
  // Whatever is no tag of ours leaves its bracket behind.
  return !text.includes("<");
};

const root = new URL("./", document.baseURI).href;
const isOwnScript = (url) => {
  const { href } = new URL(url, root);
  if (!href.startsWith(root)) return false;
  return /^(sw\.js|worker-[0-9a-f]+\/loader\.js)$/.test(href.slice(root.length));
};

globalThis.trustedTypes?.createPolicy("default", {
  createHTML: (html) => (isStatic(html) ? html : null),
  createScriptURL: (url) => (isOwnScript(url) ? url : null),
});

const fail = (error) => {
  console.error(error);
  document.getElementById("start-failed")?.removeAttribute("hidden");
};

const { js, wasm } = document.querySelector("script[data-wasm]").dataset;
import(new URL(js, root).href)
  .then(({ default: init }) => init({ module_or_path: new URL(wasm, root) }))
  .catch(fail);
