// The chart of a recorded start: a row for each driver, a bar for each attempt at a step, and how many run at once.

import { byId, counted, make, shown } from "./text.js";
import { go, readState } from "./address.js";
import { markState } from "./bands.js";
import { concurrency, seconds, statesAt, waitText } from "./clock.js";

const NS = "http://www.w3.org/2000/svg";
//: In pixels: the height of a row and of the head, and the width of the names with the borders.
const ROW = 18, HEAD = 70, NAMES = 164;
//: The steps of the slider: whole numbers, since a range in seconds may not reach its own end.
const MOMENTS = 500;
//: In pixels: the least distance between two ticks of the time axis, and the space after the last one.
const TICK = 84, AFTER = 20;
//: The most rows of a chart.
const MOST_ROWS = 2000;

function svg(tag, attributes, text) {
  const element = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.append(text);
  return element;
}

/** Draw the charts of all runs that the page has, the latest first. */
export function drawRuns(view, place) {
  const { model, state } = view;
  if (!model.runs) return;
  place.replaceChildren(controlsOf(view), ...model.runs.flatMap((run, number) => [
    make("h2", {}, number ? "The start before" : "The start", make("span", { class: "count" },
      ` ${shown(run.outcome)} after ${seconds(run.seconds)}; critical chain: ${counted(run.bars.filter((bar) => bar.critical).length, "step")}`)),
    chartOf(view, run, state.zoom ?? 1),
  ]));
  showMoment(view, momentOf(view));
}

/** Return the moment that the address names, or the end of the latest run. */
function momentOf({ state, model }) {
  return Math.min(state.at ?? Infinity, model.runs[0].seconds);
}

function controlsOf(view) {
  const [run] = view.model.runs;
  const slider = make("input", { id: "at", type: "range", min: 0, max: MOMENTS, step: 1, "aria-label": "Moment of the start" });
  slider.value = run.seconds ? Math.round((momentOf(view) / run.seconds) * MOMENTS) : MOMENTS;
  const chosen = () => run.seconds * (Number(slider.value) / MOMENTS);
  slider.addEventListener("input", () => showMoment(view, chosen()));
  slider.addEventListener("change", () => go({ at: chosen() }));
  const zoom = view.state.zoom ?? 1;
  const button = (text, label, value) => make("button", { type: "button", "aria-label": label, onclick: () => go({ zoom: value === 1 ? null : value }) }, text);
  return make("div", { class: "moment" }, slider, make("output", { id: "moment", for: "at" }),
    button("\u2212", "Zoom out", Math.max(1, zoom / 2)), button("+", "Zoom in", Math.min(64, zoom * 2)));
}

function chartOf(view, run, zoom) {
  const { model } = view;
  const ids = Object.keys(run.drivers).map(Number).slice(0, MOST_ROWS);
  const row = new Map(ids.map((id, at) => [id, at]));
  const width = Math.max(200, byId("run").clientWidth - NAMES) * zoom, height = HEAD + ids.length * ROW;
  const x = (at) => (run.seconds ? (at / run.seconds) * (width - AFTER) : 0);
  const y = (id) => HEAD + row.get(id) * ROW;
  const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", class: "chart", role: "img", "aria-label": "Timeline of the start" });
  const tiers = new Map();
  for (const id of ids) tiers.set(model.drivers[id].tier, [...(tiers.get(model.drivers[id].tier) || []), id]);
  [...tiers.values()].forEach((members, at) => picture.append(svg("rect", { class: "tierband" + (at % 2 ? " odd" : ""), x: 0, y: y(members[0]), width, height: members.length * ROW })));
  const ticks = Math.max(1, Math.min(5 * zoom, Math.floor((width - AFTER) / TICK)));
  for (let tick = 0; tick <= ticks; tick++) {
    const at = (run.seconds * tick) / ticks;
    // the last one is left of its line, since there is little space after it
    const place = tick < ticks ? { x: x(at) + 2 } : { x: x(at) - 3, "text-anchor": "end" };
    picture.append(svg("line", { class: "grid", x1: x(at), x2: x(at), y1: 14, y2: height }), svg("text", { class: "tick", ...place, y: 11 }, seconds(at)));
  }
  picture.append(...loadOf(run, x));
  const firsts = new Map(), critical = new Set();
  for (const bar of run.bars) {
    if (!firsts.has(bar.driver)) firsts.set(bar.driver, bar);
    if (bar.critical) critical.add(bar.driver);
  }
  for (const id of ids) {
    const { opened } = run.drivers[id];
    const first = firsts.get(id);
    if (first && first.began > opened) picture.append(svg("line", { class: "idle", x1: x(opened), x2: x(first.began), y1: y(id) + ROW / 2, y2: y(id) + ROW / 2 }));
  }
  for (const bar of run.bars) if (row.has(bar.driver)) picture.append(barOf(view, run, bar, x, y));
  if (run === model.runs[0]) picture.append(svg("line", { class: "now", x1: 0, x2: 0, y1: 0, y2: height }));
  const names = make("div", { class: "names" }, ...ids.map((id) => make("div", { class: critical.has(id) ? "critical" : null },
    make("bdi", {}, shown(model.drivers[id].name)))));
  const rest = Object.keys(run.drivers).length - ids.length;
  const box = make("div", { class: "run" }, names, make("div", { class: "scroller", tabindex: "0" }, picture));
  return rest > 0 ? make("div", {}, box, make("p", { class: "warning" }, `and ${counted(rest, "more driver")}`)) : box;
}

function barOf(view, run, bar, x, y) {
  const { name } = view.model.drivers[bar.driver];
  const text = `${name}:${bar.phase} ${bar.result}, ${seconds(bar.began)} to ${seconds(bar.ended)} (${seconds(bar.ended - bar.began)}); waited for ${waitText(view.model, run, bar)}` + (bar.reason ? `; ${bar.reason}` : "");
  const shape = svg("rect", { class: `bar ${bar.result}${bar.critical ? " critical" : ""}`, x: x(bar.began), y: y(bar.driver) + 3, width: Math.max(2, x(bar.ended) - x(bar.began)), height: ROW - 6, rx: 2 });
  shape.append(svg("title", {}, shown(text)));
  shape.addEventListener("click", () => go({ driver: name, why: null }));
  return shape;
}

/** Return the chart of how many steps run at once. */
function loadOf(run, x) {
  const points = concurrency(run);
  const most = points.reduce((highest, [, running]) => Math.max(highest, running), 1);
  const y = (running) => HEAD - 6 - (running / most) * (HEAD - 24);
  let path = `M0 ${y(0)}`;
  for (const [at, running] of points) path += `H${x(at).toFixed(1)}V${y(running).toFixed(1)}`;
  const shape = svg("path", { class: "load", d: path });
  shape.append(svg("title", {}, `at most ${counted(most, "step")} at once`));
  return [shape, svg("text", { class: "tick", x: 2, y: 24 }, `at most ${most} at once`)];
}

/** Show a moment of the latest run: a line in its chart, and the state of each driver in its band. */
function showMoment(view, at) {
  const [run] = view.model.runs;
  byId("moment").textContent = seconds(at);
  byId("at").setAttribute("aria-valuetext", seconds(at));
  const line = document.querySelector("#run .now");
  const width = Number(line.parentNode.getAttribute("width")) - AFTER;
  const where = run.seconds ? (at / run.seconds) * width : 0;
  line.setAttribute("x1", where);
  line.setAttribute("x2", where);
  const states = statesAt(run, view.model.drivers.length, at);
  for (const button of document.querySelectorAll("#bands .driver")) markState(button, view.model.drivers[button.dataset.id], states[button.dataset.id]);
}

/** Return how long each attempt at a step took, by driver, phase and number of the attempt, in the order of the bars. */
function durations(run) {
  const attempts = new Map(), found = new Map();
  for (const bar of run.bars) {
    const step = bar.driver + ":" + bar.phase;
    attempts.set(step, (attempts.get(step) || 0) + 1);
    found.set(step + ":" + attempts.get(step), bar.ended - bar.began);
  }
  return found;
}

const COLUMNS = ["driver", "phase", "began", "took", "waited", "result"];

/** Draw the table of all steps of the latest run; its headers sort it. */
export function drawSteps(view, place) {
  const { model, state } = view;
  if (!model.runs) return;
  const [run, other] = model.runs;
  const earlier = other ? durations(other) : new Map();
  const attempts = [...durations(run).keys()];
  const rows = run.bars.map((bar, at) => ({
    driver: model.drivers[bar.driver].name, phase: bar.phase, began: bar.began, took: bar.ended - bar.began,
    waited: waitText(model, run, bar), result: bar.result, critical: bar.critical, was: earlier.get(attempts[at]) ?? null,
  }));
  for (const row of rows) row.difference = row.was === null ? null : row.took - row.was;
  const columns = other ? [...COLUMNS, "was", "difference"] : COLUMNS;
  const [, minus, key] = /^(-?)(\w+)$/.exec(state.sort || "began") || ["", "", "began"];
  const sign = minus ? -1 : 1;
  rows.sort((one, two) => sign * (one[key] < two[key] ? -1 : one[key] > two[key] ? 1 : 0));
  const head = make("tr", {}, ...columns.map((name) => make("th", { "aria-sort": name === key ? (minus ? "descending" : "ascending") : null },
    make("button", { type: "button", class: "link", onclick: () => go({ sort: name === key && !minus ? "-" + name : name }) }, name === "waited" ? "waited for" : name))));
  const cell = (row, name) => make("td", {}, typeof row[name] === "number" ? seconds(row[name]) : shown(row[name] ?? ""));
  const body = rows.slice(0, 500).map((row) => make("tr", { class: row.critical ? "critical" : null }, ...columns.map((name) => cell(row, name))));
  place.replaceChildren(make("h2", {}, "Steps"), make("div", { class: "scroller", tabindex: "0" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...body))));
  if (rows.length > 500) place.append(make("p", { class: "warning" }, `and ${rows.length - 500} more`));
}

/** Return what of the address the charts depend on. */
export function runKey() {
  const { zoom, at, sort } = readState();
  return JSON.stringify([zoom, at, sort]);
}
