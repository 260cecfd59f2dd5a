// Shows the page recorded scenes instead of a cluster, to look at it: node tests/browser/gallery.mjs DIR [scene …]
//
// DIR holds the scenes that `KUBARIUM_GALLERY=DIR cargo test --lib gallery` writes; the pictures go there too.

import { readFileSync } from "node:fs";
import { DESKTOP, PHONE, TABLET, start } from "./site.mjs";

const [dir, ...only] = process.argv.slice(2);
const scene = (name) => readFileSync(`${dir}/${name}.json`, "utf8");

// In the page: a worker that plays a scene and answers the inspector and the terminal.
function stage(recorded) {
  const messages = JSON.parse(recorded);
  const frames = messages.filter((m) => m.Frame);
  const seen = messages.filter((m) => m.Inspection).map((m) => m.Inspection);
  const named = (a, b) => a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
  globalThis.Worker = class extends EventTarget {
    say(...all) {
      setTimeout(() => this.onmessage?.(new MessageEvent("message", { data: JSON.stringify(all) })), 0);
    }
    print(text, stream = "Out", prompt = true) {
      this.say({ TerminalOutput: { tab: 1, chunks: [{ text, stream }] } });
      if (prompt) this.say({ TerminalPrompt: { tab: 1, text: "~ $ " } });
    }
    postMessage(data) {
      if (typeof data !== "string") return;
      const message = JSON.parse(data);
      if (message.Init || message.Reset) {
        this.say({ Ready: { seed: 42, restored: false, version: "v1.36.2" } });
        for (const frame of frames) this.say(frame);
      } else if (message.Terminal?.input === "Open") {
        this.say({ TerminalPrompt: { tab: 1, text: "~ $ " } });
      } else if (message.Terminal?.input.Line !== undefined || message.Run) {
        const line = message.Run?.command ?? message.Terminal.input.Line;
        this.print(`~ $ ${line}\n`, "Echo", false);
        this.print(
          "NAME                   READY   STATUS             RESTARTS      AGE\n" +
            "crashing               0/1     CrashLoopBackOff   4 (17s ago)   41m\n" +
            "web-6d4b9c7f5d-x7k0p   1/1     Running            0             41m\n" +
            "\u001b[31;1mError\u001b[0m and \u001b[32mgreen\u001b[0m\ndeployment.apps/web created\n",
        );
      } else if (message.TerminalComplete) {
        const { id, tab, line } = message.TerminalComplete;
        const from = line.lastIndexOf(" ") + 1;
        const items = ["pods", "podtemplates", "persistentvolumes"].filter((i) => i.startsWith(line.slice(from)));
        this.say({
          TerminalCompletion: { tab, id, completion: { from, to: line.length, items: items.map((label) => ({ label, detail: "v1", info: "", insert: null })) } },
        });
      } else if (message.Inspect?.subject) {
        const found = seen.find((i) => named(i.subject, message.Inspect.subject));
        if (found) this.say({ Inspection: found });
      } else if (message.Apply) {
        this.say({ Applied: { id: 1, results: [{ message: "deployment.apps/web created", ok: true, line: 0 }, { message: 'Error from server (Invalid): Service "web" is invalid: spec.ports: Required value', ok: false, line: 20 }] } });
      }
    }
    terminate() {}
  };
}

const site = await start();
async function shoot(name, recorded, options, act = async () => {}) {
  if (only.length && !only.some((o) => name.includes(o))) return;
  const { prefs = {}, ...rest } = options;
  const context = await site.browser.newContext({ viewport: DESKTOP, reducedMotion: "reduce", locale: "en-GB", ...rest });
  const page = await context.newPage();
  page.on("pageerror", (e) => console.log(name, "pageerror", String(e)));
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && console.log(name, m.text()));
  await page.addInitScript((p) => {
    for (const [k, v] of Object.entries(p)) localStorage.setItem(`kubarium.${k}`, v);
  }, prefs);
  await page.addInitScript(stage, scene(recorded));
  await page.goto(site.url);
  await page.waitForSelector("html[data-cluster=ready]");
  await page.waitForTimeout(900);
  try {
    await act(page);
  } catch (e) {
    console.log(name, String(e).split("\n")[0]);
  }
  await page.waitForTimeout(500);
  await page.screenshot({ path: `${dir}/${name}.png` });
  await context.close();
}

const key = (k) => `[id="${k}"]`;
const typed = async (page) => {
  await page.fill("#command", "kubectl get pods");
  await page.press("#command", "Enter");
  await page.waitForTimeout(300);
  await page.type("#command", "kubectl get po");
};
await shoot("desktop", "busy", {}, typed);
await shoot("desktop-pod", "busy", { prefs: { hint: "done" } }, (p) => p.click(key("pod/default/crashing")));
await shoot("desktop-why", "busy", { colorScheme: "dark", prefs: { hint: "done" } }, async (p) => {
  await p.click(key("pod/default/hungry-5c8d7-q0tz"));
  await p.click("#tab-why");
});
await shoot("desktop-deploy", "busy", { prefs: { editor: "closed", hint: "done" } }, (p) => p.click(key("Deployment/default/web")));
await shoot("desktop-service", "busy", { prefs: { editor: "closed", hint: "done" } }, (p) => p.click(key("service/default/web")));
await shoot("desktop-yaml", "busy", { prefs: { editor: "closed", hint: "done" } }, async (p) => {
  await p.click(key("pod/default/web-6d4b9c7f5d-x7k0p"));
  await p.click("#tab-yaml");
});
await shoot("dark", "busy", { colorScheme: "dark" }, typed);
await shoot("korean", "busy", { locale: "ko-KR" }, async (p) => {
  await p.click(key("pod/default/crashing"));
  await p.click("#tab-why");
});
await shoot("help", "busy", {}, (p) => p.keyboard.press("?"));
await shoot("list", "busy", { prefs: { hint: "done" } }, (p) => p.keyboard.press("l"));
await shoot("tablet", "busy", { viewport: TABLET });
await shoot("tablet-editor", "busy", { viewport: TABLET }, (p) => p.click(".topbar .middle-only"));
const phone = { viewport: PHONE, hasTouch: true, isMobile: true };
await shoot("phone", "busy", phone);
await shoot("phone-pod", "busy", { ...phone, prefs: { hint: "done" } }, (p) => p.tap(key("pod/default/crashing")));
await shoot("phone-terminal", "busy", phone, async (p) => {
  await p.tap(".placebar button:nth-child(2)");
  await typed(p);
});
await shoot("phone-editor", "busy", { ...phone, locale: "ko-KR" }, (p) => p.tap(".placebar button:nth-child(3)"));
await shoot("phone-activity", "busy", { ...phone, colorScheme: "dark" }, (p) => p.tap(".placebar button:nth-child(4)"));
await shoot("large", "large", { prefs: { editor: "closed", hint: "done" } });
await shoot("huge", "huge", { prefs: { editor: "closed", hint: "done" } });
await shoot("vast", "vast", { prefs: { editor: "closed", hint: "done" } });
await site.close();
