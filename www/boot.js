// Starts the WASM module in the page and, the same file again, in the worker. The module is
// fetched and compiled once; the worker gets it ready-made while its thread is still starting.

if (typeof document === "undefined") {
  bootWorker();
} else {
  bootPage().catch((error) => {
    globalThis.kubariumTrouble?.("load", { message: String(error) });
  });
}

async function bootPage() {
  const script = document.querySelector("script[data-wasm]");
  const js = new URL(script.dataset.js, script.src).href;
  const wasm = new URL(script.dataset.wasm, script.src).href;
  let worker = new Worker(script.src, { type: "module", name: "cluster" });
  const compiled = compile(wasm);
  const edge = {
    worker,
    // A new worker for a new cluster; the old one is gone with all it holds.
    async respawn() {
      edge.worker.terminate();
      edge.worker = new Worker(script.src, { type: "module", name: "cluster" });
      edge.worker.postMessage({ js, module: await compiled });
      return edge.worker;
    },
    // The editor is loaded when it is first wanted.
    editor: () => import(new URL("editor.js", script.src).href),
  };
  globalThis.kubarium = edge;
  const [module, bindings] = await Promise.all([compiled, import(js)]);
  worker.postMessage({ js, module });
  await bindings.default({ module_or_path: module });
}

async function compile(url) {
  const link = document.querySelector('link[rel="preload"][as="fetch"]');
  const fetched = () => fetch(url, { integrity: link?.integrity ?? "" });
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
  self.onmessage = async ({ data }) => {
    if (started) {
      early.push(data);
      return;
    }
    started = true;
    globalThis.kubariumStore = await import(new URL("store.js", import.meta.url).href);
    const bindings = await import(data.js);
    await bindings.default({ module_or_path: data.module });
    for (const message of early) {
      self.onmessage(new MessageEvent("message", { data: message }));
    }
  };
}
