// The page of tierdeps serve: its data comes from the server, and the state of the instance as events.

import { byId, shown } from "./text.js";
import { readModel } from "./model.js";
import { ask, askFor, follow, pause, takeToken } from "./connection.js";
import { drawNow, showLost, startNow, takeEvent } from "./now.js";
import { currentView, redrawRuns, startPage } from "./show.js";

//: In milliseconds: the least time between two readings of the chart of a start that goes on.
const CHART_INTERVAL = 2000;

const readGraph = async () => (await ask("/api/graph")).text();

/** Return the data of the page, as soon as the server has given it. */
async function receiveGraph() {
  for (;;) {
    try {
      return await readGraph();
    } catch (problem) {
      showLost(problem);
      if (problem.status === 403) return null;
      await pause(CHART_INTERVAL);
    }
  }
}

/** Return a recorded start with the numbers that drivers have on this page. */
function numbered(model, page) {
  const ids = page.drivers.map(({ name }) => model.byName.get(name)?.id);
  const [run] = page.runs;
  const places = new Map();
  run.bars.forEach((bar, at) => { if (ids[bar.driver] !== undefined) places.set(at, places.size); });
  const bars = run.bars.filter((_, at) => places.has(at)).map((bar) => ({ ...bar, driver: ids[bar.driver], before: places.get(bar.before) }));
  const known = Object.entries(run.drivers).filter(([id]) => ids[id] !== undefined);
  const order = known.map(([id, row]) => [ids[id], row]);
  return { ...run, bars, drivers: Object.fromEntries(order) };
}

/** Return a function that reads the chart of the start whenever something of it has changed; not too often. */
function chartReader(model) {
  let read = "", wanted = null, busy = false;
  const isStarting = (run) => run.alive && !run.ready_at;
  const keyOf = (run) => [run.pid, run.began_at, run.ready_at, run.ended_at, isStarting(run) ? performance.now() : ""].join();
  return async (run) => {
    wanted = run || null;
    if (busy) return;
    busy = true;
    while (wanted && keyOf(wanted) !== read) {
      read = keyOf(wanted);
      try {
        const page = await askFor("/api/start");
        if (page) {
          model.runs = [numbered(model, page)];
          redrawRuns();
        }
      } catch { /* the connection of the events reports it */ }
      if (isStarting(wanted)) wanted = null;  // until the next event
      await pause(CHART_INTERVAL);
    }
    busy = false;
  };
}

async function startLive() {
  takeToken();
  window.addEventListener("hashchange", () => {
    if (!new URLSearchParams(location.hash.slice(1)).has("token")) return;
    takeToken();
    location.reload();
  });
  const graph = await receiveGraph();
  if (graph === null) return;
  const model = readModel(graph);
  document.title = byId("title").textContent = shown(model.title);
  const drawChart = chartReader(model);
  startNow(model);
  startPage(model, drawNow);
  // the graph of another plan may be another one; the address keeps what is shown
  const reloadIfChanged = async () => {
    if (await readGraph().catch(() => graph) !== graph) location.reload();
  };
  follow("/api/events", (event) => {
    if (takeEvent(event)) reloadIfChanged();
    drawNow(currentView());
    drawChart(event.run);
  }, showLost);
}

startLive();
