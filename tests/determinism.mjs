// Plays seeded histories natively and as WebAssembly and compares them, step by step; then fills a cluster and says how
// much memory that took. `node tests/determinism.mjs NATIVE WASM [FIRST LAST]`; on a difference it shows the first one.

import { spawn, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [native, wasm, first = "1", last = "100"] = process.argv.slice(2);
if (!wasm) {
  console.error("usage: node tests/determinism.mjs NATIVE WASM [FIRST LAST]");
  process.exit(2);
}
/** What a thousand pods may cost: as much as they do today, and what it is meant to become. */
const PODS = 1000;
const NODES = 10;
const LARGEST_MB = 40;
const AIM_MB = 50;
/** What each further pod may cost, between two sizes of a cluster of the same nodes. */
const FEW = 2000;
const MANY = 5000;
const ON = 60;
const BYTES_PER_POD = 12_288;

const module = await WebAssembly.compile(readFileSync(wasm));

/** The module on its own: histories need nothing of their host, so whatever they call fails. */
function instance() {
  const imports = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind !== "function") throw new Error(`imports ${kind} ${from}.${name}`);
    (imports[from] ??= {})[name] = () => {
      throw new Error(`a history calls ${from}.${name}`);
    };
  }
  return new WebAssembly.Instance(module, imports).exports;
}

/** Calls an export; the text that it leaves. */
function ask(exports, name, ...args) {
  const said = () => {
    const bytes = new Uint8Array(exports.memory.buffer, exports.said_at() >>> 0, exports.said_length());
    return new TextDecoder().decode(bytes);
  };
  try {
    exports[name](...args);
  } catch (error) {
    throw new Error(`${name}(${args}): ${error.message}: ${said()}`);
  }
  return said();
}

/** The native program's steps, seed by seed, as it goes on. */
async function* nativeSeeds() {
  const child = spawn(native, ["digests", first, last], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.on("close", resolve));
  let seed;
  let steps = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("seed ")) {
      if (seed !== undefined) yield [seed, steps];
      [seed, steps] = [Number(line.slice(5)), []];
    } else if (line !== "") {
      steps.push(line);
    }
  }
  if (seed !== undefined) yield [seed, steps];
  const code = await ended;
  if (code !== 0) throw new Error(`the native program ended with ${code} after seed ${seed}`);
}

/** Shows where two histories part. */
function difference(seed, step) {
  const here = execFileSync(native, ["text", seed, step], { maxBuffer: 1 << 30 }).toString().split("\n");
  const there = ask(instance(), "history_text", seed, step).split("\n");
  const at = here.findIndex((line, index) => line !== there[index]);
  const [one, two] = [here[at] ?? "(nothing)", there[at] ?? "(nothing)"];
  let column = 0;
  while (column < one.length && one[column] === two[column]) column += 1;
  const around = (line) => line.slice(Math.max(0, column - 200), column + 300);
  return `line ${at + 1}, column ${column + 1}\n  native: …${around(one)}\n  WASM:   …${around(two)}`;
}

const begun = performance.now();
let [seeds, total] = [0, 0];
for await (const [seed, steps] of nativeSeeds()) {
  const there = ask(instance(), "history_digests", seed).split("\n").filter((line) => line !== "");
  const at = steps.findIndex((line, index) => line !== there[index]);
  if (at >= 0 || steps.length !== there.length) {
    const step = at < 0 ? Math.min(steps.length, there.length) : at;
    console.error(`seed ${seed}: native and WASM part at step ${steps[step] ?? there[step]}`);
    console.error(difference(seed, step));
    process.exit(1);
  }
  seeds += 1;
  total += steps.length;
}
if (seeds !== Number(last) - Number(first) + 1 || total < seeds * 10) {
  console.error(`only ${seeds} seeds with ${total} steps were played`);
  process.exit(1);
}
const seconds = ((performance.now() - begun) / 1000).toFixed(0);
console.log(`${seeds} seeds, ${total} steps: native and WASM histories are byte-identical (${seconds} s)`);

/** Fills a cluster; the bytes of the module's memory after that. */
function fill(pods, nodes) {
  const exports = instance();
  const ready = Number(ask(exports, "history_pods", pods, nodes));
  if (ready !== pods) {
    console.error(`only ${ready} of ${pods} pods got ready`);
    process.exit(1);
  }
  return exports.memory.buffer.byteLength;
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
const before = instance().memory.buffer.byteLength;
const after = fill(PODS, NODES);
console.log(`${PODS} pods on ${NODES} nodes: ${megabytes(after)} MB of WASM memory (${megabytes(before)} MB before; the aim is ${AIM_MB})`);
if (after > LARGEST_MB * 1e6) {
  console.error(`more than ${LARGEST_MB} MB`);
  process.exit(1);
}
const [few, many] = [FEW, MANY].map((pods) => fill(pods, ON));
const each = Math.round((many - few) / (MANY - FEW));
console.log(`${MANY} pods on ${ON} nodes: ${megabytes(many)} MB, ${each} bytes for each beyond ${FEW}`);
if (each > BYTES_PER_POD) {
  console.error(`more than ${BYTES_PER_POD} bytes a pod`);
  process.exit(1);
}
