// The running instance: its state at the top, that of each driver in its band, and that of the chosen driver beside it.

import { byId, make, shown } from "./text.js";
import { go } from "./address.js";
import { markState } from "./bands.js";
import { seconds } from "./clock.js";
import { ask, askFor, send } from "./connection.js";

//: In milliseconds: the interval of reading the log that is shown.
const LOG_INTERVAL = 2000;
const now = { run: null, drivers: new Map(), at: 0, problem: "", lost: "", control: false, model: null };
const restart = { driver: null, asked: false, busy: false, lines: [] };
let logTimer = 0, logOf = null, logText = "";

/** Set what does not change: the model, and whether drivers may be restarted. */
export function startNow(model) {
  [now.model, now.control] = [model, model.control];
  setInterval(tick, 1000);
}

/** Take over what an event says; return whether it is about another plan than before. */
export function takeEvent(event) {
  now.lost = "";
  now.problem = event.problem;
  now.at = performance.now();
  if (event.run === undefined) return false;
  const isOther = now.plan !== undefined && now.plan !== event.plan;
  now.plan = event.plan;
  now.run = event.run;
  if (event.whole) now.drivers.clear();
  for (const driver of event.drivers) now.drivers.set(driver.driver, { ...driver, at: performance.now() });
  return isOther;
}

/** Show that the connection is lost. */
export function showLost(problem) {
  now.lost = problem.status === 403
    ? "This page has no access: open the address that tierdeps serve has printed."
    : `${problem.message}; trying again. What is shown may be out of date.`;
  drawLine();
}

/** Draw all of it. */
export function drawNow(view) {
  drawLine();
  markStates(view);
  drawChosen(view);
  followLog(view);
}

/** Return the state of the run in words. */
function runText() {
  const { run } = now;
  if (!run) return "No instance of this graph has been started yet: tierdeps start starts one.";
  const counts = Object.entries(run.counts).map(([state, count]) => `${count} ${state}`).join(", ");
  const absent = [...now.drivers.keys()].filter((name) => !now.model.byName.has(name)).length;
  const more = absent ? `; ${absent} of its drivers are not on this page` : "";
  const time = new Date(run.ended_at || run.began_at).toLocaleTimeString();
  const problem = run.problem ? `: ${run.problem}` : "";
  if (run.alive) return `${run.failed ? "Failing" : run.ready_at ? "Running" : "Starting"}, process ${run.pid}, since ${time}: ${counts}${more}`;
  if (run.killed) return `Not running: process ${run.pid} was killed. Its last state: ${counts}${more}`;
  return `Not running: it ended at ${time}${problem}. Its last state: ${counts}${more}`;
}

function drawLine() {
  const line = byId("live");
  line.hidden = false;
  const text = now.lost || now.problem || runText();
  if (line.textContent !== shown(text)) line.textContent = shown(text);
  line.className = now.lost || now.problem || (now.run && now.run.failed) ? "warning" : "";
  document.documentElement.classList.toggle("stale", Boolean(now.lost));
}

/** Mark the drivers in the bands, unless an address shows a moment of the start. */
function markStates({ model, state }) {
  if (state.at !== null) return;
  for (const button of document.querySelectorAll("#bands .driver")) {
    const declared = model.drivers[button.dataset.id];
    const driver = now.drivers.get(declared.name);
    if (!driver) markState(button, declared, null);
    else markState(button, declared, driver.degraded ? "degraded" : driver.state, stateText(driver));
  }
}

function stateText(driver) {
  return driver.degraded ? driver.state + " (degraded)" : driver.state;
}

function doingText(driver) {
  const step = driver.step ? " " + driver.step : "";
  if (driver.doing === "waits") return `${driver.step} waits for ${driver.waits_for.join(", ")}`;
  return driver.doing === "nothing" ? "" : driver.doing + step;
}

function drawChosen(view) {
  const place = byId("now");
  const driver = view.driver && now.drivers.get(view.driver.name);
  if (!driver) {
    place.replaceChildren();
    return;
  }
  const list = make("dl", {});
  const rows = [["state", stateText(driver)], ["doing", doingText(driver)], ["for", " "], ["failure", driver.failure],
    ["reason", driver.degraded || driver.reason]];
  for (const [name, value] of rows) if (value) list.append(make("dt", {}, name), make("dd", { "data-row": name }, shown(value)));
  const opened = view.state.log !== null;
  place.replaceChildren(make("h2", {}, make("bdi", {}, shown(driver.driver)), " now"), list, make("div", { class: "actions" },
    make("button", { type: "button", "aria-expanded": String(opened), onclick: () => go({ log: opened ? null : "1" }) }, opened ? "Hide log" : "Show log"),
    ...restartButtons(view)));
  if (restart.driver === driver.driver && restart.lines.length) {
    place.append(make("div", { class: "outcome", role: "status" }, ...restart.lines.map((line) => make("div", {}, shown(line)))));
  }
  if (opened) place.append(make("pre", { id: "log", tabindex: "0", "aria-label": "Log of " + shown(driver.driver) }, logOf === driver.driver ? logText : ""));
  tick();
}

/** Count the seconds of the chosen driver. */
function tick() {
  const cell = document.querySelector('#now [data-row="for"]');
  const chosen = now.shown && now.drivers.get(now.shown.name);
  if (!cell || !chosen) return;
  const passed = now.run && now.run.alive && !now.lost ? (performance.now() - chosen.at) / 1000 : 0;
  const left = chosen.deadline_in === null ? "" : `, at most ${seconds(Math.max(0, chosen.deadline_in - passed))} more`;
  cell.textContent = seconds(chosen.seconds + passed) + left;
}

function restartButtons(view) {
  const { name } = view.driver;
  if (!now.control || !now.run || !now.run.alive) return [];
  if (restart.driver !== name) Object.assign(restart, { driver: name, asked: false, lines: [] });
  const again = (changes) => { Object.assign(restart, changes); drawChosen(view); };
  const button = (text, onclick) => make("button", { type: "button", disabled: restart.busy, onclick }, text);
  if (restart.busy) return [button("Restarting", () => {})];
  if (!restart.asked) return [button("Restart", () => again({ asked: true, lines: [] }))];
  return [button("Restart it now", () => restartNow(name, again)), button("Do not restart", () => again({ asked: false }))];
}

async function restartNow(driver, again) {
  again({ busy: true });
  try {
    const { ok, lines } = await send("/api/restart", { driver });
    again({ lines: [...lines, ok ? "Restarted." : "The restart failed."] });
  } catch (problem) {
    again({ lines: [problem.message] });
  }
  again({ busy: false, asked: false });
}

/** Read the log of the chosen driver for as long as it is shown. */
function followLog(view) {
  now.shown = view.driver;
  const wanted = view.driver && view.state.log !== null ? view.driver.name : null;
  if (wanted === logOf) return;
  clearTimeout(logTimer);
  [logOf, logText] = [wanted, ""];
  if (wanted !== null) readLog(wanted);
}

async function readLog(driver) {
  let text;
  try {
    const { lines } = await askFor("/api/log?" + new URLSearchParams({ driver }));
    text = lines.length ? lines.map(shown).join("\n") : "It has written nothing.";
  } catch (problem) {
    text = problem.message;
  }
  if (logOf !== driver) return;
  const place = byId("log");
  if (place && text !== logText) {
    const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 4;
    place.textContent = logText = text;
    if (atEnd) place.scrollTop = place.scrollHeight;
  }
  logTimer = setTimeout(() => readLog(driver), LOG_INTERVAL);
}
