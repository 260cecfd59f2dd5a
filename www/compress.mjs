// Writes FILE.gz and FILE.br beside every file of a folder that compression helps.

import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const folder = process.argv[2] ?? "dist";
const entries = await readdir(folder, { recursive: true, withFileTypes: true });
for (const entry of entries) {
  if (!entry.isFile() || /\.(br|gz|png)$|^\./.test(entry.name)) continue;
  const file = join(entry.parentPath ?? entry.path, entry.name);
  const packed = await stat(file + ".br").catch(() => null);
  if (packed && packed.mtimeMs >= (await stat(file)).mtimeMs) continue;
  const data = await readFile(file);
  await writeFile(file + ".gz", gzipSync(data, { level: 9 }));
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
  };
  await writeFile(file + ".br", brotliCompressSync(data, { params }));
}
