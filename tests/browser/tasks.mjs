// How long the page's main thread was held: the processor time of each of its tasks, as Chromium traces it,
// so that what else the machine does does not count.

// Does `act` and resolves with {median, worst, over50} in milliseconds, of which tasks under 1 ms are left out, and with
// what the cluster's worker took meanwhile.
export async function mainThread(page, act) {
  const cdp = await page.context().newCDPSession(page);
  const events = [];
  cdp.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await cdp.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["toplevel"] } });
  await act();
  const complete = new Promise((done) => cdp.once("Tracing.tracingComplete", done));
  await cdp.send("Tracing.end");
  await complete;
  await cdp.detach();
  const thread = (event) => `${event.pid}:${event.tid}`;
  const named = (pattern) =>
    new Set(events.filter((e) => e.name === "thread_name" && pattern.test(e.args.name)).map(thread));
  const isTask = (e) => e.ph === "X" && e.name.endsWith("RunTask") && e.tdur;
  const mains = named(/^CrRendererMain$/);
  const perThread = new Map([...mains].map((name) => [name, []]));
  for (const event of events) {
    if (isTask(event)) perThread.get(thread(event))?.push(event.tdur / 1000);
  }
  const sum = (all) => all.reduce((a, b) => a + b, 0);
  const [busiest = []] = [...perThread.values()].sort((a, b) => sum(b) - sum(a));
  const tasks = busiest.filter((ms) => ms >= 1).sort((a, b) => b - a);
  const dedicated = named(/^DedicatedWorker/);
  const worker = sum(events.filter((e) => isTask(e) && dedicated.has(thread(e))).map((e) => e.tdur / 1000));
  return { worker, median: tasks[tasks.length >> 1] ?? 0, worst: tasks[0] ?? 0, over50: tasks.filter((ms) => ms > 50).length };
}
