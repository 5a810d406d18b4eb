// A recorded start at one moment: the state of each driver, and how many steps run.

/** Return the state of each driver at a moment, in seconds since the run started. */
export function statesAt(run, count, at) {
  const states = new Array(count).fill("pending");
  for (const [id, row] of Object.entries(run.drivers)) if (row.opened <= at) states[id] = "waiting";
  for (const bar of run.bars) {
    if (bar.began > at) continue;
    if (bar.result === "passed") states[bar.driver] = "passed";
    else if (at < bar.ended || bar.result === "running") states[bar.driver] = "starting";
    else states[bar.driver] = bar.result === "done" ? "waiting" : bar.result;
  }
  for (const [id, row] of Object.entries(run.drivers)) {
    if (row.ready !== undefined && row.ready <= at && states[id] !== "passed") states[id] = "ready";
  }
  return states;
}

/** Return the moments at which the number of running steps changes, each with that number. */
export function concurrency(run) {
  const changes = new Map([[0, 0]]);
  for (const bar of run.bars) {
    if (bar.result === "passed") continue;
    changes.set(bar.began, (changes.get(bar.began) || 0) + 1);
    changes.set(bar.ended, (changes.get(bar.ended) || 0) - 1);
  }
  let running = 0;
  return [...changes].sort((one, other) => one[0] - other[0]).map(([at, change]) => [at, (running += change)]);
}

/** Return a number of seconds with as many digits as are of use. */
export function seconds(value) {
  const size = Math.abs(value);
  return value.toFixed(!size ? 0 : size < 0.1 ? 4 : size < 10 ? 3 : 1) + " s";
}

/** Return what a step waited for, in words. */
export function waitText(model, run, bar) {
  const before = run.bars[bar.before];
  const other = before ? `${model.drivers[before.driver].name}:${before.phase}` : "";
  const idle = bar.idle ? `, then ${seconds(bar.idle)} idle` : "";
  const why = { run: "the start of the run", need: other, tier: `the tier before (${other})`, own: `its own phase (${other})`,
    retry: `another attempt (${other})`, jobs: `a slot under the limit of jobs (${other})` }[bar.why];
  return why + idle;
}
