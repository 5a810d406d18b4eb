// The bands: a tier is a band, a stage a column in it, a driver a button in that.

import { counted, make, measure, shown } from "./text.js";
import { go } from "./address.js";

//: The most drivers that are shown of one tier at once.
const MOST = 2500;

/** Return the tiers that are shown as one box. A large graph begins with all tiers collapsed. */
export function foldedTiers(view) {
  const { model, state } = view;
  if (state.fold.length) return new Set(state.fold.filter(Boolean));
  return new Set(model.drivers.length > MOST ? model.tiers.map((tier) => tier.name) : []);
}

/** Return whether the filters of the address let a driver through. */
export function passes(view, driver) {
  const { state, situation, model } = view;
  const tier = model.tiers[situation.tiers[driver.id]].name;
  if (state.tier && tier !== state.tier) return false;
  if (state.plugin && driver.plugin !== state.plugin) return false;
  if (!state.when && !state.kind) return true;
  const about = [...view.needs[driver.id], ...view.dependents[driver.id]];
  if (state.kind && !about.some((edge) => edge.kind === state.kind)) return false;
  return !state.when || driver.when === state.when || about.some((edge) => edge.when === state.when);
}

/** Draw all bands. */
export function drawBands(view, place) {
  const members = view.model.tiers.map(() => []);
  for (const driver of view.model.drivers) {
    if (passes(view, driver)) members[view.situation.tiers[driver.id]].push(driver);
  }
  const bands = view.model.tiers.map((tier, number) => (members[number].length ? band(view, tier, members[number]) : null));
  place.replaceChildren(...bands.filter(Boolean));
  const first = place.querySelector(".driver");
  if (first) first.tabIndex = 0;
}

function band(view, tier, drivers) {
  const folded = view.folded.has(tier.name);
  const toggle = make("button", {
    type: "button", class: "fold", "aria-expanded": String(!folded), "data-tier": tier.name,
    onclick: () => foldTier(view, tier.name),
  }, shown(tier.name));
  const head = make("h2", {}, toggle, make("span", { class: "count" }, counted(drivers.length, drivers[0].state === "missing" ? "target" : "driver")));
  const classes = ["band", folded ? "folded" : "", tier.change || ""].join(" ").trim();
  const section = make("section", { class: classes, "aria-label": "tier " + shown(tier.name) }, head);
  if (!folded) section.append(...stagesOf(view, drivers));
  return section;
}

function foldTier(view, name) {
  const folded = new Set(view.folded);
  if (!folded.delete(name)) folded.add(name);
  // a chosen driver is always shown: its tier is collapsed only without it
  const around = view.driver && view.model.tiers[view.situation.tiers[view.driver.id]].name === name;
  go({ fold: folded.size ? [...folded] : [""], ...(around ? { driver: null, why: null } : {}) });
}

function stagesOf(view, drivers) {
  const shownDrivers = drivers.slice(0, MOST);
  const stages = new Map();
  for (const driver of shownDrivers) {
    const stage = view.order.stages[driver.id];
    if (!stages.has(stage)) stages.set(stage, []);
    stages.get(stage).push(driver);
  }
  const numbers = [...stages.keys()].sort((one, other) => (one || Infinity) - (other || Infinity));
  const list = make("ol", { class: "stages" }, ...numbers.map((number) => stageColumn(view, number, stages.get(number))));
  if (drivers.length === shownDrivers.length) return [list];
  const more = counted(drivers.length - MOST, "more driver") + " of this tier: use the search or the filters";
  return [list, make("p", { class: "warning" }, more)];
}

function stageColumn(view, number, drivers) {
  const title = number ? "stage " + number : drivers[0].state === "missing" ? "no such driver" : "not in the plan";
  drivers.sort((one, other) => (one.name < other.name ? -1 : 1));
  const grid = make("div", { class: "drivers" }, ...drivers.map((driver) => driverButton(view, driver)));
  grid.style.gridTemplateRows = `repeat(${Math.min(measure("rows"), drivers.length)}, auto)`;
  return make("li", { class: "stage", "data-stage": number }, make("h3", {}, title), grid);
}

function driverButton(view, driver) {
  const note = [driver.state, driver.change].filter(Boolean).join(", ");
  const absent = !view.situation.present[driver.id] && driver.state !== "missing";
  const button = make("button", {
    type: "button", tabindex: "-1", "data-id": driver.id, title: driver.description ? shown(driver.description) : null,
    class: ["driver", driver.state || "", driver.change || "", absent ? "absent" : ""].join(" ").trim(),
    onclick: () => go({ driver: driver.name, why: null }),
  }, make("bdi", {}, shown(driver.name)));
  if (note || absent) button.append(" ", make("span", { class: "note" }, note || "when " + shown(driver.when)));
  return button;
}

/** Show the state of a driver in a run: as a look, as a tooltip, and in its name for screen readers; null for none. */
export function markState(button, driver, state, text = state) {
  if (state === null) delete button.dataset.state;
  else button.dataset.state = state;
  const tooltip = [text, driver.description].filter(Boolean).join(": ");
  if (tooltip) button.title = shown(tooltip);
  else button.removeAttribute("title");
  if (text) button.setAttribute("aria-label", `${button.textContent}, ${shown(text)}`);
  else button.removeAttribute("aria-label");
}

/** Mark the chosen drivers, those at the ends of drawn edges, and those of the chosen finding. */
export function markDrivers(view, drawn, place) {
  const near = new Set(drawn.flatMap(([edge]) => [edge.from, edge.to]));
  const cycle = new Set(view.finding ? (view.finding.cycle ? view.finding.cycle.members : view.finding.drivers) : []);
  const anything = near.size + cycle.size + (view.driver ? 1 : 0) > 0 && view.state.show !== "all";
  for (const button of place.querySelectorAll(".driver")) {
    const id = Number(button.dataset.id);
    const chosen = view.driver !== null && view.driver.id === id;
    button.setAttribute("aria-pressed", String(chosen));
    button.classList.toggle("other", view.other !== null && view.other.id === id);
    button.classList.toggle("member", cycle.has(id));
    button.classList.toggle("dim", anything && !chosen && !near.has(id) && !cycle.has(id));
  }
}
