// Reads which functions use which data, from the relocations that the linker leaves in the module (--emit-relocs; the
// format is the tool conventions' Linking.md).

const SYMBOL_TABLE = 8;
const KIND = { function: 0, data: 1, section: 3 };
const UNDEFINED = 0x10;
const EXPLICIT_NAME = 0x40;
const IS_FUNCTION = new Set([0, 1, 2, 8, 12, 18, 19, 24, 26]);
const IS_ADDRESS = new Set([3, 4, 5, 11, 14, 15, 16, 17, 21, 23, 25]);
const HAS_ADDEND = new Set([...IS_ADDRESS, 8, 9, 22]);
// The linker puts read-only data first.
const READ_ONLY = 0;
const SECTION = { import: 2, code: 10, data: 11 };

class Reader {
  constructor(bytes, at = 0, end = bytes.length) {
    Object.assign(this, { bytes, at, end });
  }
  byte() {
    return this.bytes[this.at++];
  }
  // Unsigned, or signed where the sign does not matter.
  leb() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }
  text() {
    const length = this.leb();
    this.at += length;
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }
}

// Gives `functions`, a list of { name, size, data, calls } of the functions that the module defines, and `data`, a list of
// { address, size, fixed, data, calls } where `fixed` says that it is not read-only. `data` and `calls` are lists of
// indices into these lists.
export function relocations(bytes) {
  const sections = readSections(bytes);
  const imported = countImports(sections.find((s) => s.id === SECTION.import));
  const bodies = readBodies(sections.find((s) => s.id === SECTION.code));
  const segments = readSegments(sections.find((s) => s.id === SECTION.data));
  const names = readNames(sections.find((s) => s.name === "name"));
  const functions = bodies.map((body, i) => ({
    name: names.get(i + imported),
    size: body.size,
    data: new Set(),
    calls: new Set(),
  }));
  const { symbols, data } = readSymbols(sections.find((s) => s.name === "linking"), segments, imported);
  const holders = new Map([
    [SECTION.code, finder(bodies, functions)],
    [SECTION.data, finder(data.map(({ segment, offset, size }) => ({ at: segments[segment].at + offset, size })), data)],
  ]);
  for (const section of sections.filter((s) => s.name?.startsWith("reloc."))) {
    const reader = section.body;
    const target = sections[reader.leb()];
    const holder = holders.get(target.id);
    for (let count = reader.leb(); count > 0; count -= 1) {
      const type = reader.byte();
      const offset = reader.leb();
      const symbol = symbols[reader.leb()];
      if (HAS_ADDEND.has(type)) reader.leb();
      const from = holder?.(target.begin + offset);
      if (!from || symbol === undefined) continue;
      if (IS_FUNCTION.has(type)) from.calls.add(symbol);
      else if (IS_ADDRESS.has(type)) from.data.add(symbol);
    }
  }
  const plain = ({ segment, offset, ...rest }) => ({ ...rest, data: [...rest.data], calls: [...rest.calls] });
  return { functions: functions.map(plain), data: data.map(plain) };
}

// The module without what only a linker reads.
export function stripped(bytes) {
  const parts = [bytes.subarray(0, 8)];
  let from = 8;
  for (const { name, start, body } of readSections(bytes)) {
    from = body.end;
    if (name !== "linking" && !name?.startsWith("reloc.")) parts.push(bytes.subarray(start, body.end));
  }
  if (from !== bytes.length) throw new Error("the module's sections do not fill it");
  return Buffer.concat(parts);
}

function readSections(bytes) {
  const reader = new Reader(bytes, 8);
  const sections = [];
  while (reader.at < bytes.length) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.leb();
    const begin = reader.at;
    const body = new Reader(bytes, begin, begin + size);
    sections.push({ id, start, begin, body, name: id === 0 ? body.text() : undefined });
    reader.at += size;
  }
  return sections;
}

function countImports({ body }) {
  let count = 0;
  for (let left = body.leb(); left > 0; left -= 1) {
    body.text();
    body.text();
    const kind = body.byte();
    if (kind === 0) {
      body.leb();
      count += 1;
    } else if (kind === 3) {
      body.at += 2;
    } else {
      throw new Error(`the linker imports something else than functions and globals: ${kind}`);
    }
  }
  return count;
}

function readBodies({ body }) {
  const bodies = [];
  for (let left = body.leb(); left > 0; left -= 1) {
    const size = body.leb();
    bodies.push({ at: body.at, size });
    body.at += size;
  }
  return bodies;
}

function readSegments({ body }) {
  const segments = [];
  for (let left = body.leb(); left > 0; left -= 1) {
    const flags = body.leb();
    if (flags !== 0 || body.byte() !== 0x41) throw new Error("a data segment without a constant address");
    const address = body.leb();
    body.byte();
    const size = body.leb();
    segments.push({ address, at: body.at, size });
    body.at += size;
  }
  return segments;
}

function readNames({ body }) {
  const names = new Map();
  while (body.at < body.end) {
    const kind = body.byte();
    const size = body.leb();
    const end = body.at + size;
    for (let left = kind === 1 ? body.leb() : 0; left > 0; left -= 1) names.set(body.leb(), body.text());
    body.at = end;
  }
  return names;
}

// `symbols[i]` is the index of what symbol i stands for, in the list that its relocation's type tells.
function readSymbols({ body }, segments, imported) {
  const symbols = [];
  const data = [];
  if (body.leb() !== 2) throw new Error("unknown version of the linking section");
  while (body.at < body.end) {
    const kind = body.byte();
    const size = body.leb();
    const end = body.at + size;
    for (let left = kind === SYMBOL_TABLE ? body.leb() : 0; left > 0; left -= 1) {
      symbols.push(readSymbol(body, segments, imported, data));
    }
    body.at = end;
  }
  return { symbols, data };
}

function readSymbol(body, segments, imported, data) {
  const kind = body.byte();
  const flags = body.leb();
  if (kind === KIND.data) {
    body.text();
    if (flags & UNDEFINED) return undefined;
    const segment = body.leb();
    const offset = body.leb();
    const size = body.leb();
    data.push({
      segment,
      offset,
      address: segments[segment].address + offset,
      size,
      fixed: segment !== READ_ONLY,
      data: new Set(),
      calls: new Set(),
    });
    return data.length - 1;
  }
  const index = body.leb();
  if (kind === KIND.section) return undefined;
  if (!(flags & UNDEFINED) || flags & EXPLICIT_NAME) body.text();
  return kind === KIND.function && index >= imported ? index - imported : undefined;
}

// Finds which of `ranges` holds a place; what stands for it comes from `values`.
function finder(ranges, values) {
  const order = ranges.map((range, i) => [range.at, range.at + range.size, i]).sort((a, b) => a[0] - b[0]);
  const starts = order.map(([at]) => at);
  return (place) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= place) low = middle + 1;
      else high = middle;
    }
    const [, end, i] = order[low - 1] ?? [0, 0, 0];
    return place < end ? values[i] : undefined;
  };
}
