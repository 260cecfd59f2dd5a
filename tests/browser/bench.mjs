// What the page costs in a real browser: start-up, deployments as fast as possible, and how long the
// main thread is held meanwhile. `make bench` prints one line per figure.

import { open, printed, run, start, whenReady } from "./site.mjs";
import { mainThread } from "./tasks.mjs";

const site = await start();
const say = (name, value) => console.log(`${name.padEnd(56)} ${value}`);
try {
  const page = await open(site);
  const times = [];
  for (let round = 0; round < 5; round += 1) {
    const begun = performance.now();
    await page.goto(site.url + "?seed=1");
    await whenReady(page);
    times.push(performance.now() - begun);
  }
  times.sort((a, b) => a - b);
  say("navigation to an interactive cluster, warm cache", `${Math.round(times[2])} ms (median of 5)`);
  for (const [pods, nodes] of [
    [100, 3],
    [1000, 10],
  ]) {
    await deploy(page, pods, nodes);
  }
} finally {
  await site.close();
}

async function deploy(page, pods, nodes) {
  await page.goto(site.url + "?seed=1");
  await whenReady(page);
  for (let node = 4; node <= nodes; node += 1) await run(page, "kubarium node add");
  if (nodes > 3) await run(page, `kubectl wait --for=condition=Ready node/worker-${nodes} --timeout=60s`);
  if (nodes > 3) await printed(page, `worker-${nodes} condition met`);
  let taken = 0;
  const { median, worst, over50, worker } = await mainThread(page, async () => {
    await page.selectOption(".speed", "0");
    const begun = performance.now();
    await run(page, `kubectl create deployment many --image=registry.k8s.io/pause:3.10 --replicas=${pods}`);
    await run(page, "kubectl rollout status deployment/many --timeout=600s");
    await printed(page, "successfully rolled out");
    taken = performance.now() - begun;
  });
  say(`${pods} pods on ${nodes} nodes, create to all Ready`, `${Math.round(taken)} ms, ${Math.round(worker)} ms of the worker's CPU`);
  say("  main thread: median task, worst, over 50 ms", `${median.toFixed(1)} ms, ${Math.round(worst)} ms, ${over50}`);
}
