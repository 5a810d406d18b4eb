// The page: whenever the address changes, everything is drawn from it; bands only if they differ.

import { byId, counted } from "./text.js";
import { neighbours, situationOf } from "./model.js";
import { orderOf } from "./order.js";
import { readState } from "./address.js";
import { drawnEdges, whyPath } from "./select.js";
import { drawBands, foldedTiers, markDrivers } from "./bands.js";
import { drawEdges } from "./edges.js";
import { drawDetail } from "./driver.js";
import { drawFindings } from "./findings.js";
import { startSearch } from "./search.js";
import { drawRuns, drawSteps, runKey } from "./chart.js";
import { drawControls, startControls, startKeys } from "./controls.js";
import { drawLegend } from "./legend.js";

const bands = byId("bands");
let model = null, view = null;
let before = "", runBefore = "";
//: The driver that receives the focus when it is shown.
let focusNext = null;
//: Called whenever the page has been drawn.
let afterDraw = () => {};

/** Return all that is shown: the graph that counts, its order, and what is chosen. */
function viewOf(state) {
  const situation = situationOf(model, state);
  const made = { model, state, situation, order: orderOf(model, situation), ...neighbours(model.drivers.length, situation.edges) };
  made.driver = model.byName.get(state.driver) || null;
  made.other = model.byName.get(state.why) || null;
  made.finding = model.findings[state.finding] || null;
  made.path = whyPath(made);
  made.folded = foldedTiers(made);
  if (made.driver) made.folded.delete(model.tiers[situation.tiers[made.driver.id]].name);
  return made;
}

function allFolded() {
  return model.tiers.every(({ name }) => view.folded.has(name));
}

function summarize() {
  const { situation, order } = view;
  const drivers = model.drivers.filter((driver) => situation.present[driver.id] && driver.change !== "removed").length;
  const ordering = situation.edges.filter((edge) => edge.orders && edge.change !== "removed");
  const bad = order.cyclic.size;
  const parts = [counted(drivers, "driver"), counted(ordering.length, "dependency", "dependencies")];
  parts.push(bad ? counted(bad, "dependency", "dependencies") + " on cycles: no start order" : "no cycle");
  if (situation.absent) parts.push(counted(situation.absent, "required driver") + " absent: no start order");
  if (situation.short) parts.push(counted(situation.short, "quorum") + " out of reach: no start order");
  const missing = new Set(situation.edges.map((edge) => edge.to).filter((id) => model.drivers[id].state === "missing")).size;
  if (missing) parts.push(counted(missing, "target") + " not resolved");
  if (situation.fix) parts.push("shown after the fix");
  byId("summary").textContent = parts.join(", ");
}

function redrawEdges() {
  const drawn = drawnEdges(view);
  markDrivers(view, drawn, bands);
  drawEdges(view, drawn, byId("edges"), bands);
}

/** Return what identifies the focused element, for when it is drawn again: its section, and its text or number. */
function focusKey(element) {
  const section = element.closest("#run, #steps, #bands, #detail, #findings");
  if (!section || !element.matches("button, input")) return null;
  return [section, element.dataset.id ?? element.dataset.fix ?? element.id + (element.getAttribute("aria-label") ?? element.textContent)];
}

/** Draw, and focus what had the focus. */
function redraw() {
  const key = focusKey(document.activeElement);
  draw();
  if (!key || document.activeElement !== document.body) return;
  const again = [...key[0].querySelectorAll("button, input")].find((element) => focusKey(element)[1] === key[1]);
  if (again) again.focus({ preventScroll: true });
}

function draw() {
  view = viewOf(readState());
  const { state } = view;
  const structure = JSON.stringify([state.flip, [...view.folded], state.fix, state.fix && state.finding, state.tier, state.plugin, state.kind, state.when]);
  if (structure !== before) drawBands(view, bands);
  const run = structure + runKey();
  if (run !== runBefore) {
    drawRuns(view, byId("run"));
    drawSteps(view, byId("steps"));
  }
  before = structure;
  runBefore = run;
  redrawEdges();
  drawDetail(view, byId("detail"));
  drawFindings(view, byId("findings"));
  drawControls(view, allFolded());
  summarize();
  afterDraw(view);
  reveal();
  document.documentElement.dataset.ready = location.hash;
}

/** Move the focus to a driver as soon as it is shown as chosen: at once, or when the page follows its address. */
function focusDriver(driver) {
  focusNext = driver;
  if (view.driver && view.driver.id === driver.id) reveal();
}

/** Bring the chosen driver into sight, if it is not. */
function reveal() {
  const button = view.driver && bands.querySelector(`[data-id="${view.driver.id}"]`);
  if (!button) return;
  for (const other of bands.querySelectorAll('.driver[tabindex="0"]')) other.tabIndex = -1;
  button.tabIndex = 0;
  button.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (focusNext === view.driver) button.focus({ preventScroll: true });
  focusNext = null;
}

//: In pixels: the part of a page of paper that is printed. A smaller scale than this one is illegible.
const PAPER = { width: 700, height: 940 }, LEAST_SCALE = 0.3;

/** Scale the bands to one page of paper, where the arrows lie as on the screen; without arrows if they do not fit. */
function fitPaper() {
  const scale = Math.min(1, PAPER.width / bands.scrollWidth, PAPER.height / bands.scrollHeight);
  const fits = scale >= LEAST_SCALE && !matchMedia("(max-width: 700px)").matches;
  document.documentElement.classList.toggle("fits", fits);
  document.documentElement.style.setProperty("--scale", fits ? scale : 1);
  document.documentElement.style.setProperty("--wide", innerWidth + "px");
}

/** Show a model, and follow the address. */
export function startPage(shownModel, then = afterDraw) {
  [model, afterDraw] = [shownModel, then];
  startControls(model, allFolded);
  startSearch(model, focusDriver);
  startKeys(bands);
  drawLegend(model, byId("legend"));
  draw();
  window.addEventListener("hashchange", redraw);
  window.addEventListener("resize", redrawEdges);
  window.addEventListener("beforeprint", fitPaper);
  window.addEventListener("afterprint", () => document.documentElement.style.removeProperty("--wide"));
}

/** Return what is shown. */
export function currentView() {
  return view;
}

/** Draw the charts again: the start has gone on. */
export function redrawRuns() {
  runBefore = "";
  redraw();
}
