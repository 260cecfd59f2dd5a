// How long the page's main thread was held: the processor time of each of its tasks, as Chromium traces it,
// so that what else the machine does does not count.

// Does `act` and resolves with {median, worst, over50} in milliseconds; tasks under 1 ms are left out.
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
  const mains = new Set(events.filter((e) => e.name === "thread_name" && e.args.name === "CrRendererMain").map(thread));
  const perThread = new Map([...mains].map((name) => [name, []]));
  for (const event of events) {
    if (event.ph === "X" && event.name.endsWith("RunTask") && event.tdur) perThread.get(thread(event))?.push(event.tdur / 1000);
  }
  const sum = (all) => all.reduce((a, b) => a + b, 0);
  const [busiest = []] = [...perThread.values()].sort((a, b) => sum(b) - sum(a));
  const tasks = busiest.filter((ms) => ms >= 1).sort((a, b) => b - a);
  return { median: tasks[tasks.length >> 1] ?? 0, worst: tasks[0] ?? 0, over50: tasks.filter((ms) => ms > 50).length };
}
