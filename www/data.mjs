// Tells which data only the moved functions use, and moves them to the second module.

// A called function of this many bytes at most may have become a part of its caller and stand for itself too.
const TINY = 64;
// Moved data this near to each other are put into one segment.
const NEAR = 8;
const MEMORY = "0";

// The data that the first module does without, as a list of [begin, end). It needs what the functions in it use, what
// those use that became a part of them, and what such data points to.
export function lateData({ functions, data }, stays, moved) {
  const early = new Set();
  const pending = [];
  const reached = new Set();
  const visit = (i) => {
    if (reached.has(i)) return;
    reached.add(i);
    pending.push(...functions[i].data);
    for (const callee of functions[i].calls) {
      const { name, size } = functions[callee];
      if (!stays.has(name) && (!moved.has(name) || size <= TINY)) visit(callee);
    }
  };
  functions.forEach(({ name }, i) => stays.has(name) && visit(i));
  while (pending.length > 0) {
    const i = pending.pop();
    if (early.has(i)) continue;
    early.add(i);
    pending.push(...data[i].data);
  }
  return gaps(data, early);
}

// Symbols may overlap: a string is the end of another.
function gaps(data, early) {
  const begin = Math.min(...data.map(({ address }) => address));
  const end = Math.max(...data.map(({ address, size }) => address + size));
  const late = new Uint8Array(end - begin);
  const fill = (value, wanted) =>
    data.forEach(({ address, size }, i) => wanted(i) && late.fill(value, address - begin, address - begin + size));
  fill(1, (i) => !data[i].fixed && !early.has(i));
  fill(0, (i) => data[i].fixed || early.has(i));
  const found = [];
  for (let at = late.indexOf(1); at >= 0; ) {
    const after = late.indexOf(0, at);
    const stop = after < 0 ? late.length : after;
    found.push([begin + at, begin + stop]);
    at = late.indexOf(1, stop);
  }
  return found;
}

// The first module has zeros in the gaps; the second one writes what belongs there when it arrives.
export function moveData(early, late, gaps) {
  const segments = readSegments(early);
  const memory = early.getMemoryInfo();
  const active = (module) => ({ at, bytes }) => ({ offset: module.i32.const(at), data: bytes, passive: false });
  const set = (module, list) =>
    module.setMemory(memory.initial, memory.max ?? -1, null, list.map(active(module)), false, false, MEMORY);
  set(late, merge(gaps).flatMap(([begin, end]) => cut(segments, begin, end)));
  for (const [begin, end] of gaps) {
    for (const { at, bytes } of segments) {
      if (at < end && begin < at + bytes.length) bytes.fill(0, Math.max(begin - at, 0), Math.max(end - at, 0));
    }
  }
  set(early, segments);
}

function readSegments(module) {
  const segments = [];
  for (let i = 0; i < module.getNumDataSegments(); i += 1) {
    const { offset, data, passive } = module.getDataSegmentInfo(module.getDataSegmentByIndex(i));
    if (passive) throw new Error("a passive data segment");
    segments.push({ at: offset, bytes: new Uint8Array(data) });
  }
  return segments;
}

function merge(gaps) {
  const merged = [];
  for (const [begin, end] of gaps) {
    const last = merged.at(-1);
    if (last && begin - last[1] <= NEAR) last[1] = end;
    else merged.push([begin, end]);
  }
  return merged;
}

function cut(segments, begin, end) {
  return segments
    .filter(({ at, bytes }) => at < end && begin < at + bytes.length)
    .map(({ at, bytes }) => ({
      at: Math.max(at, begin),
      bytes: bytes.slice(Math.max(begin - at, 0), end - at),
    }));
}
