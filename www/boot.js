// Starts the WASM module in the page and, the same files again, in the worker. The module comes in two halves: the first
// is all that runs until the cluster is on the screen; the second is fetched meanwhile, or on the spot where it is
// missed. Both are fetched and compiled once; the worker gets them ready-made.

let lateUrl;
let lateModule;
let first;

// What the first half calls where it misses the second one. A page may not ask for bytes while it waits, hence the text.
globalThis.kubariumLate = () => {
  if (!lateModule) {
    const request = new XMLHttpRequest();
    request.open("GET", lateUrl, false);
    request.overrideMimeType("text/plain; charset=x-user-defined");
    request.send();
    if (request.status !== 200) throw new Error(`${request.status} ${lateUrl}`);
    lateModule = new WebAssembly.Module(Uint8Array.from(request.responseText, (c) => c.charCodeAt(0) & 255));
    globalThis.kubariumMissed = true;
  }
  link(new WebAssembly.Instance(lateModule, { first: first.initSync() }));
};

if (typeof document === "undefined") {
  bootWorker();
} else {
  bootPage().catch((error) => {
    globalThis.kubariumTrouble?.("load", { message: String(error) });
  });
}

async function bootPage() {
  const script = document.querySelector("script[data-wasm]");
  const url = (name) => script.dataset[name] && new URL(script.dataset[name], script.src).href;
  const js = url("js");
  lateUrl = url("late");
  const spawn = () => new Worker(script.src, { type: "module", name: "cluster" });
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
  };
  globalThis.kubarium = edge;
  const [module, bindings] = await Promise.all([compiled, import(js)]);
  worker.postMessage({ js, lateUrl, module });
  first = bindings;
  await bindings.default({ module_or_path: module });
  if (!lateUrl) return;
  try {
    lateModule ??= await compile(lateUrl);
    edge.worker.postMessage({ late: lateModule });
    await linkLate();
  } catch {
    // Whoever misses it tries again, and says so if that fails too.
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

// Joins the second half to the first, unless it has been missed and joined meanwhile.
async function linkLate() {
  const exports = first.initSync();
  if (!exports.late_is_here.value) link(await WebAssembly.instantiate(lateModule, { first: exports }));
}

function link() {
  first.initSync().late_is_here.value = 1;
}

function bootWorker() {
  // What arrives before the module runs is kept and handed over in order.
  const early = [];
  let started = false;
  self.addEventListener("message", ({ data }) => {
    lateModule ??= data?.late;
    if (lateModule && data?.late && first) linkLate();
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
    if (lateModule) await linkLate();
    for (const message of early) {
      self.onmessage(new MessageEvent("message", { data: message }));
    }
  };
}
