// A static server on 127.0.0.1 that behaves as a plain web host does: MIME types, pre-compressed
// files, validators, and nothing else. `node www/serve.mjs [folder] [port] [base path]`.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".md": "text/markdown; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".yaml": "application/yaml",
};
const ENCODINGS = [
  ["br", ".br"],
  ["gzip", ".gz"],
];

// Resolves with {url, close} once it listens. Port 0 takes any free one.
export function serve(folder, { port = 0, base = "/" } = {}) {
  const root = resolve(folder);
  const server = createServer((request, response) => {
    answer(root, base, request, response).catch((error) => {
      response.writeHead(500).end(String(error));
    });
  });
  return new Promise((done, failed) => {
    server.once("error", failed);
    server.listen(port, "127.0.0.1", () => {
      done({
        url: `http://127.0.0.1:${server.address().port}${base}`,
        close: () => (server.closeAllConnections(), new Promise((closed) => server.close(closed))),
      });
    });
  });
}

async function answer(root, base, request, response) {
  const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
  const inside = path.startsWith(base) ? normalize("/" + path.slice(base.length)) : null;
  let file = inside === null ? null : join(root, inside.endsWith("/") ? inside + "index.html" : inside);
  const plain = file && (await info(file));
  if (!plain) {
    response.writeHead(404, { "content-type": "text/plain" }).end("Not found\n");
    return;
  }
  const headers = {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    etag: `"${plain.size.toString(16)}-${Math.trunc(plain.mtimeMs).toString(16)}"`,
    // A name with a hash in it never changes its content.
    "cache-control": /-[0-9a-f]{12,}/.test(inside) ? "public, max-age=31536000, immutable" : "no-cache",
    vary: "accept-encoding",
  };
  if (request.headers["if-none-match"] === headers.etag) {
    response.writeHead(304, headers).end();
    return;
  }
  let size = plain.size;
  for (const [encoding, suffix] of ENCODINGS) {
    const packed = (request.headers["accept-encoding"] ?? "").includes(encoding) && (await info(file + suffix));
    if (packed && packed.mtimeMs >= plain.mtimeMs) {
      headers["content-encoding"] = encoding;
      size = packed.size;
      file += suffix;
      break;
    }
  }
  headers["content-length"] = size;
  response.writeHead(200, headers);
  if (request.method === "HEAD") response.end();
  else createReadStream(file).pipe(response);
}

async function info(file) {
  try {
    const found = await stat(file);
    return found.isFile() ? found : null;
  } catch {
    return null;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder = "dist", port = "8080", base = "/"] = process.argv.slice(2);
  const wanted = Number(port);
  const started = await serve(folder, { port: wanted, base }).catch((error) => {
    if (error.code !== "EADDRINUSE") throw error;
    return serve(folder, { base });
  });
  console.log(`Kubarium is at ${started.url} (Ctrl-C ends it)`);
}
