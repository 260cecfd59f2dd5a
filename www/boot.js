// Starts the WASM module in the page and, the same files again, in the worker. The module comes in two halves: the first
// is all that runs until the cluster is on the screen; the second is fetched meanwhile, or on the spot where it is
// missed. Both are fetched and compiled once; the worker gets them ready-made.

// When the second half is asked for, and asked for again.
const RETRIES_MS = [0, 1_000, 4_000];

let lateUrl;
let lateModule;
let first;

// What the first half calls where it misses the second one.
globalThis.kubariumLate = () => {
  try {
    lateModule ??= fetchNow();
    link();
  } catch (error) {
    trouble(error);
    throw error;
  }
};

// A page may not ask for bytes while it waits, hence the text.
function fetchNow() {
  globalThis.kubariumMissed = true;
  const request = new XMLHttpRequest();
  request.open("GET", lateUrl, false);
  request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  if (request.status !== 200) throw new Error(`${request.status} ${lateUrl}`);
  return new WebAssembly.Module(Uint8Array.from(request.responseText, (c) => c.charCodeAt(0) & 255));
}

// Joins the second half to the first, once.
function link() {
  const exports = first.initSync();
  if (exports.late_is_here.value) return;
  new WebAssembly.Instance(lateModule, { first: exports });
  exports.late_is_here.value = 1;
}

// The page says that a file is missing; the worker asks it to.
function trouble(error) {
  const report = { message: String(error) };
  if (typeof document === "undefined") self.postMessage({ trouble: report });
  else globalThis.kubariumTrouble?.("load", report);
}

if (typeof document === "undefined") {
  bootWorker();
} else {
  bootPage().catch(trouble);
}

async function bootPage() {
  const script = document.querySelector("script[data-wasm]");
  const url = (name) => script.dataset[name] && new URL(script.dataset[name], script.src).href;
  const js = url("js");
  lateUrl = url("late");
  // Served by a program that runs the cluster, the page has none of its own.
  const session = document.querySelector('meta[name="kubarium-session"]')?.content;
  const remote = session && (await import(new URL("remote.js", script.src).href));
  const spawn = () => {
    if (remote) return new remote.Remote(new URL(session, document.baseURI).href);
    const worker = new Worker(script.src, { type: "module", name: "cluster" });
    worker.addEventListener("message", ({ data }) => data.trouble && globalThis.kubariumTrouble?.("load", data.trouble));
    return worker;
  };
  let worker = spawn();
  const integrity = document.querySelector('link[rel="preload"][as="fetch"]')?.integrity;
  const compiled = compile(url("wasm"), integrity);
  const edge = {
    worker,
    // A new worker for a new cluster; the old one is gone with all it holds.
    async respawn() {
      edge.worker.terminate();
      edge.worker = spawn();
      edge.worker.postMessage({ js, lateUrl, late: lateModule, module: await compiled });
      return edge.worker;
    },
    // The editor is loaded when it is first wanted.
    editor: () => import(new URL("editor.js", script.src).href),
    // So is what packs links and files.
    share: () => import(new URL("share.js", script.src).href),
  };
  globalThis.kubarium = edge;
  const [module, bindings] = await Promise.all([compiled, import(js)]);
  worker.postMessage({ js, lateUrl, module });
  first = bindings;
  await bindings.default({ module_or_path: module });
  if (lateUrl) await fetchLate(edge);
}

// Whoever misses it before, or where it does not come, tries by itself.
async function fetchLate(edge) {
  for (const wait of RETRIES_MS) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    try {
      lateModule ??= await compile(lateUrl);
      edge.worker.postMessage({ late: lateModule });
      link();
      return;
    } catch {
      continue;
    }
  }
}

async function compile(url, integrity = "") {
  const fetched = () => fetch(url, { integrity });
  try {
    return await WebAssembly.compileStreaming(fetched());
  } catch (error) {
    // A server that does not know application/wasm, or a browser without streaming.
    const response = await fetched();
    if (!response.ok) throw new Error(`${response.status} ${url}`);
    return WebAssembly.compile(await response.arrayBuffer());
  }
}

function bootWorker() {
  // What arrives before the module runs is kept and handed over in order.
  const early = [];
  let started = false;
  self.addEventListener("message", ({ data }) => {
    lateModule ??= data?.late;
    if (data?.late && first) link();
  });
  self.onmessage = async ({ data }) => {
    if (started) {
      early.push(data);
      return;
    }
    started = true;
    lateUrl = data.lateUrl;
    globalThis.kubariumStore = await import(new URL("store.js", import.meta.url).href);
    const bindings = await import(data.js);
    first = bindings;
    await bindings.default({ module_or_path: data.module });
    if (lateModule) link();
    for (const message of early) {
      self.onmessage(new MessageEvent("message", { data: message }));
    }
  };
}
