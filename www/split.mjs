// Splits the WASM module in two: what runs until the cluster is on the screen, and everything else, which is loaded
// meanwhile. Which functions run first was observed in a browser and stands in first.txt (profile.mjs writes it). A
// function in the wrong half costs time and nothing else: its caller loads the second half on the spot.

import { createHash } from "node:crypto";
import binaryen from "binaryen";

// The import of the second module that stands for the first one.
const SHARED = "first";
// The first module's import that loads the second one while its caller waits.
const FETCH = /kubarium_?late/i;
// The table through which the first module calls what was moved.
const SLOTS = "late";
const HERE = "late_is_here";

// What the compiler uses of WASM, which all current browsers know; by binaryen's names and wasm-opt's.
export const FEATURES = [
  ["BulkMemory", "bulk-memory"],
  ["BulkMemoryOpt", "bulk-memory-opt"],
  ["CallIndirectOverlong", "call-indirect-overlong"],
  ["Multivalue", "multivalue"],
  ["MutableGlobals", "mutable-globals"],
  ["NontrappingFPToInt", "nontrapping-float-to-int"],
  ["ReferenceTypes", "reference-types"],
  ["SignExt", "sign-ext"],
];

// A short mark of a function's name, without what differs from one build to the next. first.txt holds these.
export function mark(name) {
  const plain = name.replace(/::h[0-9a-f]{16}$/, "").replace(/\[[0-9a-f]{15,16}\]/g, "");
  return createHash("sha256").update(plain).digest("base64url").slice(0, 8);
}

export function read(bytes) {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(FEATURES.reduce((all, [name]) => all | binaryen.Features[name], 0));
  return module;
}

export function functions(module) {
  const all = [];
  for (let i = 0; i < module.getNumFunctions(); i += 1) {
    all.push(binaryen.getFunctionInfo(module.getFunctionByIndex(i)));
  }
  return all;
}

// Gives both halves as binaryen modules; `first` says of a mark whether it stays in the first one.
export function split(bytes, first) {
  const early = read(bytes);
  const late = read(bytes);
  const all = functions(early);
  const exported = new Set();
  for (let i = 0; i < early.getNumExports(); i += 1) {
    exported.add(binaryen.getExportInfo(early.getExportByIndex(i)).value);
  }
  const moved = all.filter((f) => !f.module && !first(mark(f.name)) && !exported.has(f.name));
  const names = new Set(moved.map((f) => f.name));
  stub(early, fetcher(all), moved);
  strip(late, names);
  share(early, late);
  for (const module of [early, late]) {
    module.runPasses(["remove-unused-module-elements"]);
    if (!module.validate()) throw new Error("splitting broke the module");
  }
  return { early, late, moved: moved.length, all: all.length };
}

function fetcher(all) {
  const found = all.find((f) => f.module && FETCH.test(f.base));
  if (!found) throw new Error("the module does not import what loads its second half");
  return found.name;
}

// In the first module each moved function becomes a call through its slot.
function stub(early, fetch, moved) {
  early.addTable(SLOTS, moved.length, moved.length);
  early.addTableExport(SLOTS, SLOTS);
  early.addGlobal(HERE, binaryen.i32, true, early.i32.const(0));
  early.addGlobalExport(HERE, HERE);
  moved.forEach((f, slot) => {
    const operands = binaryen.expandType(f.params).map((type, i) => early.local.get(i, type));
    const wait = early.if(
      early.i32.eqz(early.global.get(HERE, binaryen.i32)),
      early.call(fetch, [], binaryen.none),
    );
    const call = early.call_indirect(SLOTS, early.i32.const(slot), operands, f.params, f.results);
    early.removeFunction(f.name);
    early.addFunction(f.name, f.params, f.results, [], early.block(null, [wait, call], f.results));
  });
}

// The second module keeps the moved functions alone; all else is imported, data and tables stay where they were.
function strip(late, moved) {
  for (let i = late.getNumExports() - 1; i >= 0; i -= 1) {
    late.removeExport(binaryen.getExportInfo(late.getExportByIndex(i)).name);
  }
  takeSlots(late, moved);
  const memory = late.getMemoryInfo();
  late.setMemory(memory.initial, memory.max ?? -1, null, [], false, false, "0");
  late.addMemoryImport("0", SHARED, "memory");
  late.addTableImport(SLOTS, SHARED, SLOTS);
  late.addActiveElementSegment(SLOTS, "moved", [...moved], late.i32.const(0));
  late.runPasses(["remove-unused-module-elements"]);
  for (const f of functions(late)) {
    if (!moved.has(f.name)) importFunction(late, f, f.name);
  }
  late.runPasses(["remove-unused-module-elements"]);
}

function importFunction(late, f, name) {
  late.removeFunction(f.name);
  late.addFunctionImport(f.name, SHARED, name, f.params, f.results);
}

// Pointers to moved functions lead to them straight away once the second module is there.
function takeSlots(late, moved) {
  const segments = [];
  for (let i = late.getNumElementSegments() - 1; i >= 0; i -= 1) {
    const segment = binaryen.getElementSegmentInfo(late.getElementSegmentByIndex(i));
    segments.push(segment);
    late.removeElementSegment(segment.name);
  }
  for (const { table, offset, data } of segments) {
    const begin = binaryen.getExpressionInfo(offset).value;
    for (let at = 0; at < data.length; ) {
      let end = at;
      while (end < data.length && moved.has(data[end])) end += 1;
      if (end > at) {
        late.addActiveElementSegment(table, `own${table}${at}`, data.slice(at, end), late.i32.const(begin + at));
      }
      at = end + 1;
    }
  }
}

// What the second module still needs, it gets from the first under short names.
function share(early, late) {
  let count = 0;
  const name = () => "0" + (count++).toString(36);
  for (const f of functions(late)) {
    if (!f.module) continue;
    const short = name();
    importFunction(late, f, short);
    early.addFunctionExport(f.name, short);
  }
  for (let i = 0; i < late.getNumGlobals(); i += 1) {
    const g = binaryen.getGlobalInfo(late.getGlobalByIndex(i));
    const short = name();
    late.addGlobalImport(g.name, SHARED, short, g.type, g.mutable);
    early.addGlobalExport(g.name, short);
  }
  for (let i = 0; i < late.getNumTables(); i += 1) {
    const t = binaryen.getTableInfo(late.getTableByIndex(i));
    if (t.name === SLOTS) continue;
    const short = name();
    late.addTableImport(t.name, SHARED, short);
    early.addTableExport(t.name, short);
  }
}
