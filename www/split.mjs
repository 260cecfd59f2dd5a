// Splits the WASM module in two: what runs until the cluster is on the screen, and everything else, which is loaded
// meanwhile. Which functions run first was observed in a browser and stands in first.txt (profile.mjs writes it). A
// function in the wrong half costs time and nothing else: its caller loads the second half on the spot.

import { createHash } from "node:crypto";
import binaryen from "binaryen";
import { lateData, moveData } from "./data.mjs";

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

// Gives both halves as binaryen modules; `first` says of a function's name whether it stays in the first one, and
// `relocations` is what relocs.mjs read.
export function split(bytes, first, relocations) {
  const early = read(bytes);
  const late = read(bytes);
  const all = functions(early);
  const exported = new Set();
  for (let i = 0; i < early.getNumExports(); i += 1) {
    exported.add(binaryen.getExportInfo(early.getExportByIndex(i)).value);
  }
  const moved = all.filter((f) => !f.module && !first(f.name) && !exported.has(f.name));
  const names = new Set(moved.map((f) => f.name));
  const stays = new Set(all.filter((f) => !f.module && !names.has(f.name)).map((f) => f.name));
  const gaps = lateData(relocations, stays, names);
  strip(late, names);
  moveData(early, late, gaps);
  late.addMemoryImport("0", SHARED, "memory");
  share(early, late);
  fillSlots(late, stub(early, fetcher(all), moved));
  for (const module of [early, late]) {
    // Instances of a generic function stand side by side, which packs better.
    module.runPasses(["remove-unused-module-elements", "reorder-functions-by-name"]);
    if (!module.validate()) throw new Error("splitting broke the module");
  }
  const data = gaps.reduce((sum, [begin, end]) => sum + end - begin, 0);
  return { early, late, moved: moved.length, all: all.length, data };
}

function fetcher(all) {
  const found = all.find((f) => f.module && FETCH.test(f.base));
  if (!found) throw new Error("the module does not import what loads its second half");
  return found.name;
}

// In the first module each moved function becomes a call through a slot of its own, where anything calls it.
function stub(early, fetch, moved) {
  const miss = () => early.call(fetch, [], binaryen.none);
  for (const f of moved) replace(early, f, early.block(null, [miss(), early.unreachable()]));
  early.runPasses(["remove-unused-module-elements"]);
  const left = new Set(functions(early).map((f) => f.name));
  const called = moved.filter((f) => left.has(f.name));
  early.addTable(SLOTS, called.length, called.length);
  early.addTableExport(SLOTS, SLOTS);
  early.addGlobal(HERE, binaryen.i32, true, early.i32.const(0));
  early.addGlobalExport(HERE, HERE);
  called.forEach((f, slot) => {
    const operands = binaryen.expandType(f.params).map((type, i) => early.local.get(i, type));
    const wait = early.if(early.i32.eqz(early.global.get(HERE, binaryen.i32)), miss());
    const call = early.call_indirect(SLOTS, early.i32.const(slot), operands, f.params, f.results);
    replace(early, f, early.block(null, [wait, call], f.results));
  });
  return called.map((f) => f.name);
}

function replace(module, f, body) {
  module.removeFunction(f.name);
  module.addFunction(f.name, f.params, f.results, [], body);
}

// The second module keeps the moved functions alone; all else is imported, tables stay where they were.
function strip(late, moved) {
  for (let i = late.getNumExports() - 1; i >= 0; i -= 1) {
    late.removeExport(binaryen.getExportInfo(late.getExportByIndex(i)).name);
  }
  takeSlots(late, moved);
  late.addTableImport(SLOTS, SHARED, SLOTS);
  fillSlots(late, [...moved]);
  late.runPasses(["remove-unused-module-elements"]);
  for (const f of functions(late)) {
    if (!moved.has(f.name)) importFunction(late, f, f.name);
  }
  late.runPasses(["remove-unused-module-elements"]);
}

function fillSlots(late, names) {
  if (late.getElementSegment(SLOTS)) late.removeElementSegment(SLOTS);
  late.addActiveElementSegment(SLOTS, SLOTS, names, late.i32.const(0));
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
