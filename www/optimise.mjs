// Makes the built module small and splits it in two (split.mjs). Trunk runs it after each build; only release builds,
// whose module has been through the linker's optimisations, are worth the time.
//
//   node www/optimise.mjs [SITE]    with a built site: splits it again, after first.txt has changed

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { FEATURES, split } from "./split.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const again = process.argv[2];
const site = again ?? process.env.TRUNK_STAGING_DIR;
// The whole module with its names, which profile.mjs observes.
const WHOLE = join(here, "dist", "whole.wasm");
// Functions with one caller stay functions, or what is rarely called would be in the first half as a part of its caller.
const KEEP_APART = "--one-caller-inline-max-function-size=40";
const FIRST = join(here, "first.txt");

if (again || process.env.TRUNK_PROFILE === "release") optimise();

function optimise() {
  const old = find(/_bg\.wasm$/);
  const before = readFileSync(join(site, old));
  if (!again) wasmOpt(join(site, old), WHOLE, ["-Oz", "-g", KEEP_APART]);
  const stale = again && find(/^late-/);
  const marks = existsSync(FIRST) && new Set(readFileSync(FIRST, "utf8").split("\n"));
  const { early, late, moved, all } = split(readFileSync(WHOLE), (mark) => !marks || marks.has(mark));
  console.log(`· ${moved} of ${all} functions are loaded late`);
  const first = emit(early, "web", "_bg.wasm");
  const second = emit(late, "late", ".wasm");
  for (const name of [old, stale]) {
    if (name && name !== first && name !== second) rmSync(join(site, name));
  }
  const page = join(site, "index.html");
  const html = readFileSync(page, "utf8")
    .replaceAll(integrity(before), integrity(readFileSync(join(site, first))))
    .replaceAll(old, first)
    .replace(/( data-late="[^"]*")? data-wasm="/, ` data-late="./${second}" data-wasm="`);
  if (!html.includes("data-late")) throw new Error("index.html has no place for the second half");
  writeFileSync(page, html);
}

function find(pattern) {
  return readdirSync(site).find((name) => pattern.test(name));
}

// Writes a module under a name that tells its contents.
function emit(module, name, ending) {
  const draft = join(site, "draft.wasm");
  writeFileSync(draft, module.emitBinary());
  wasmOpt(draft, draft, ["--optimize-level=2", "--shrink-level=2", "--reorder-functions"]);
  const hash = createHash("sha256").update(readFileSync(draft)).digest("hex").slice(0, 16);
  renameSync(draft, join(site, `${name}-${hash}${ending}`));
  return `${name}-${hash}${ending}`;
}

function wasmOpt(from, to, options) {
  const features = FEATURES.map(([, name]) => `--enable-${name}`);
  execFileSync(join(here, "node_modules", ".bin", "wasm-opt"), [from, "-o", to, ...features, ...options]);
}

function integrity(bytes) {
  return "sha384-" + createHash("sha384").update(bytes).digest("base64");
}
