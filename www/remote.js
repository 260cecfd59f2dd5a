// A cluster that runs in the program that served the page, in place of a worker: the same messages over a socket, which is
// opened again when it breaks. Loaded only where the page says so.

const PROTOCOL = "v1.session.kubarium.dev";
const BEARER = "base64url.bearer.authorization.k8s.io.";
const STORED = "kubarium-token";
const RETRIES_MS = [250, 500, 1_000, 2_000, 5_000];
// What a page that comes back has to say again, by how it begins.
const LASTING = ["Init", "Visible", "Inspect", "Logs"];

const WORDS = {
  en: {
    lost: "The program that runs this cluster does not answer. Trying again…",
    token: "This page needs the address that “kubarium up” printed: it ends with #token=…",
  },
  ko: {
    lost: "이 클러스터를 실행하는 프로그램이 응답하지 않습니다. 다시 연결하는 중…",
    token: "“kubarium up”이 출력한 주소(#token=…으로 끝남)로 이 페이지를 열어 주세요.",
  },
};

// The token is taken from the address, so that it is neither seen nor passed on with it.
function token() {
  const given = /^#token=(.+)$/.exec(location.hash)?.[1];
  if (given) {
    sessionStorage.setItem(STORED, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(STORED) ?? "";
}

// Says something over the page; nothing takes it away.
function say(what) {
  let box = document.getElementById("remote");
  if (!what) return box?.remove();
  if (!box) {
    box = document.createElement("p");
    box.id = "remote";
    box.setAttribute("role", "status");
    document.body.append(box);
  }
  const words = document.documentElement.lang === "ko" ? WORDS.ko : WORDS.en;
  box.textContent = words[what];
  document.getElementById("splash")?.remove();
}

// Stands where the worker would.
export class Remote {
  #url;
  #token = token();
  #socket = null;
  #waiting = [];
  #lasting = new Map();
  #failures = 0;
  #ended = false;
  onmessage = null;
  onerror = null;

  constructor(url) {
    this.#url = url;
    this.#open();
  }

  postMessage(message) {
    // The module is for workers.
    if (typeof message !== "string") return;
    const name = LASTING.find((name) => message.startsWith(`{"${name}"`));
    if (name) this.#lasting.set(name, message);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(message);
    // Before the first connection nothing is lost; after a break, what is typed has nobody to go to.
    else if (!this.#failures && !name) this.#waiting.push(message);
  }

  terminate() {
    this.#ended = true;
    this.#socket?.close();
  }

  async #open() {
    // A socket does not tell a wrong token from a program that is gone.
    const headers = { authorization: `Bearer ${this.#token}` };
    const answer = await fetch(this.#url, { headers, cache: "no-store" }).catch(() => null);
    if (answer?.status === 401 || answer?.status === 403) return say("token");
    if (!answer?.ok) return this.#again();
    const code = btoa(this.#token).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
    const socket = new WebSocket(this.#url.replace(/^http/, "ws"), [PROTOCOL, BEARER + code]);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#failures = 0;
      say(null);
      for (const name of LASTING) if (this.#lasting.has(name)) socket.send(this.#lasting.get(name));
      for (const message of this.#waiting.splice(0)) socket.send(message);
    };
    socket.onmessage = ({ data }) => this.onmessage?.(new MessageEvent("message", { data: new Uint8Array(data) }));
    socket.onclose = () => this.#again();
    this.#socket = socket;
  }

  #again() {
    if (this.#ended) return;
    if (this.#failures) say("lost");
    const wait = RETRIES_MS[Math.min(this.#failures, RETRIES_MS.length - 1)];
    this.#failures += 1;
    setTimeout(() => this.#open(), wait);
  }
}
