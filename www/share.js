// What the page shares: a cluster's record as a short text for a link, and as a file. Loaded when it is first wanted.

const squeeze = (stream, by) => new Response(stream.pipeThrough(by));

// A text, compressed, in the letters that a link may have.
export async function pack(text) {
  const packed = await squeeze(new Blob([text]).stream(), new CompressionStream("deflate-raw")).arrayBuffer();
  let letters = "";
  for (const byte of new Uint8Array(packed)) letters += String.fromCharCode(byte);
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

// No record is longer: a link that holds more is not one of ours, and may be made to fill the memory.
const LARGEST = 8 * 1024 * 1024;

export async function unpack(code) {
  const letters = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  let left = LARGEST;
  const limit = new TransformStream({
    transform(chunk, controller) {
      left -= chunk.byteLength;
      if (left < 0) controller.error(new RangeError("it is larger than 8 MiB"));
      else controller.enqueue(chunk);
    },
  });
  return squeeze(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")), limit).text();
}

// Gives the visitor a text as a file.
export function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  // The browser reads it after this task.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// The text of a file that the visitor picks; never resolves where none is picked.
export function pick() {
  return new Promise((resolve, reject) => {
    const input = document.createElement("input");
    input.type = "file";
    input.accept = ".json,application/json";
    input.addEventListener("change", () => input.files[0]?.text().then(resolve, reject));
    input.click();
  });
}
