// Makes the built module small and splits it in two (split.mjs). Trunk runs it after each build; only release builds,
// whose module has been through the linker's optimisations, are worth the time.
//
//   node www/optimise.mjs [SITE]    with a built site: splits it again, after first.txt has changed

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { relocations, stripped } from "./relocs.mjs";
import { FEATURES, functions, mark, read, split } from "./split.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const again = process.argv[2];
const site = again ?? process.env.TRUNK_STAGING_DIR;
// The whole module with its names, which profile.mjs observes.
const WHOLE = join(here, "dist", "whole.wasm");
// What is known of it besides: the marks of its functions by name, and which data they use.
const PARTS = join(here, "dist", "parts.json");
// wasm-bindgen's own functions; they stay in the first half.
const NAMELESS = /^\d+$/;
// Functions with one caller stay functions, or what is rarely called would be in the first half as a part of its caller.
const KEEP_APART = "--one-caller-inline-max-function-size=40";
// What is left once a function's control flow was taken apart and put together again is smaller by a hundredth.
const SMALL = ["-Oz", "--flatten", "--rereloop", "-Oz", "-Oz"];
const FIRST = join(here, "first.txt");

if (again || process.env.TRUNK_PROFILE === "release") optimise();

function optimise() {
  const old = find(/_bg\.wasm$/);
  const before = readFileSync(join(site, old));
  if (!again) prepare(before);
  const stale = again && find(/^late-/);
  const marks = existsSync(FIRST) && new Set(readFileSync(FIRST, "utf8").split("\n"));
  const parts = JSON.parse(readFileSync(PARTS));
  const stays = (name) => !marks || !parts.marks[name] || marks.has(parts.marks[name]);
  const { early, late, moved, all, data } = split(readFileSync(WHOLE), stays, parts.relocations);
  console.log(`· ${moved} of ${all} functions and ${data} bytes of data are loaded late`);
  const first = emit(early, "web", "_bg.wasm");
  const second = emit(late, "late", ".wasm");
  for (const name of [old, stale]) {
    if (!name || name === first || name === second) continue;
    for (const ending of ["", ".br", ".gz"]) rmSync(join(site, name + ending), { force: true });
  }
  const page = join(site, "index.html");
  const html = readFileSync(page, "utf8")
    .replaceAll(integrity(before), integrity(readFileSync(join(site, first))))
    .replaceAll(old, first)
    .replace(/( data-late="[^"]*")? data-wasm="/, ` data-late="./${second}" data-wasm="`);
  if (!html.includes("data-late")) throw new Error("index.html has no place for the second half");
  writeFileSync(page, html);
}

// Optimises the module as a whole. Its functions have their mangled names, which are unique; another run of wasm-bindgen
// tells what they mean.
function prepare(before) {
  const target = process.env.CARGO_TARGET_DIR ?? join(here, "..", "target");
  const linked = join(target, "wasm32-unknown-unknown", "web", "web.wasm");
  const draft = mkdtempSync(join(tmpdir(), "kubarium-"));
  execFileSync("wasm-bindgen", ["--target", "web", "--no-typescript", "--out-dir", draft, linked]);
  const meanings = functions(read(stripped(readFileSync(join(draft, "web_bg.wasm")))));
  const bare = join(draft, "bare.wasm");
  writeFileSync(bare, stripped(before));
  const names = functions(read(readFileSync(bare)));
  if (names.length !== meanings.length) throw new Error("two runs of wasm-bindgen gave different modules");
  const marks = Object.fromEntries(
    names.map(({ name }, i) => [name, mark(meanings[i].name)]).filter(([name]) => !NAMELESS.test(name)),
  );
  writeFileSync(PARTS, JSON.stringify({ marks, relocations: relocations(readFileSync(linked)) }));
  wasmOpt(bare, WHOLE, ["-g", KEEP_APART, ...SMALL]);
  rmSync(draft, { recursive: true });
}

function find(pattern) {
  return readdirSync(site).find((name) => pattern.test(name));
}

// Writes a module under a name that tells its contents.
function emit(module, name, ending) {
  const bytes = module.emitBinary();
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  writeFileSync(join(site, `${name}-${hash}${ending}`), bytes);
  return `${name}-${hash}${ending}`;
}

function wasmOpt(from, to, options) {
  const features = FEATURES.map(([, name]) => `--enable-${name}`);
  execFileSync(join(here, "node_modules", ".bin", "wasm-opt"), [from, "-o", to, ...features, ...options]);
}

function integrity(bytes) {
  return "sha384-" + createHash("sha384").update(bytes).digest("base64");
}
