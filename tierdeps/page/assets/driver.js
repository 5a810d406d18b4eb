// The details of the chosen driver, and the why-path to another one.

import { counted, make, placeOf, shown } from "./text.js";
import { leadsLater, requirementOf } from "./model.js";
import { go } from "./address.js";

/** Return one edge in words: what is needed, how, when, why and where that is declared. */
export function edgeItem(view, edge, end) {
  const other = view.model.drivers[edge[end]];
  const parts = [edge.kind, edge.label, quorumText(view, edge), edge.via && "as " + edge.via, edge.when && "when " + edge.when];
  if (view.order.cyclic.has(edge.id)) parts.push("on a cycle");
  if (leadsLater(view, edge)) parts.push("a later tier");
  if (edge.change) parts.push(edge.change);
  const item = make("li", { class: edge.change || null }, driverLink(other), " ",
    make("span", { class: "how" }, shown(parts.filter(Boolean).join(", "))));
  if (edge.reason) item.append(make("div", { class: "reason" }, shown(edge.reason)));
  const place = placeOf(edge, view.state.link);
  if (place) item.append(make("div", { class: "place" }, place));
  return item;
}

/** Return the quorum that an edge is a part of, and how many of its drivers the facts leave, if not all. */
function quorumText({ situation }, edge) {
  const need = edge.quorum && situation.needs.get(requirementOf(edge));
  return need && need.there < need.all ? `${edge.quorum} (${need.there} left)` : edge.quorum;
}

/** Return a button that chooses a driver. */
export function driverLink(driver) {
  return make("button", { type: "button", class: "link", onclick: () => go({ driver: driver.name, why: null }) },
    make("bdi", {}, shown(driver.name)));
}

/** Show the chosen driver. */
export function drawDetail(view, place) {
  const { driver } = view;
  if (!driver) {
    const unknown = view.state.driver === null ? null : make("p", { class: "warning" }, `This page has no driver ${shown(view.state.driver)}.`);
    place.replaceChildren(...(unknown ? [unknown] : []), make("p", { class: "hint" },
      "Choose a driver to see what it needs and what depends on it. Arrow keys move, Enter chooses, / searches."));
    return;
  }
  const content = [make("h2", {}, make("bdi", {}, shown(driver.name))), facts(view, driver), whyField(view)];
  if (view.other) content.push(...whyItems(view));
  for (const [title, edges, end] of [
    ["needs", view.needs[driver.id], "to"], ["needed by", view.dependents[driver.id], "from"],
  ]) {
    content.push(make("h3", {}, `${title} (${edges.length})`));
    content.push(make("ul", { class: "edges" }, ...edges.slice(0, 200).map((edge) => edgeItem(view, edge, end))));
    if (edges.length > 200) content.push(make("p", { class: "warning" }, `and ${edges.length - 200} more`));
  }
  place.replaceChildren(...content);
}

function facts(view, driver) {
  const stage = view.order.stages[driver.id];
  const rows = [
    ["tier", view.model.tiers[view.situation.tiers[driver.id]].name], ["stage", stage ? String(stage) : ""],
    ["was in", driver.was], ["was named", driver.was_named], ["state", [driver.state, driver.change].filter(Boolean).join(", ")],
    ["what", driver.description], ["phases", (driver.phases || []).join(", ")],
    ["host", driver.host], ["provides", (driver.provides || []).join(", ")], ["when", driver.when],
  ];
  const list = make("dl", {});
  for (const [name, value] of rows) if (value) list.append(make("dt", {}, name), make("dd", {}, shown(value)));
  const place = placeOf(driver, view.state.link);
  if (place) list.append(make("dt", {}, "declared"), make("dd", {}, place));
  return list;
}

function whyField(view) {
  const input = make("input", { id: "why", type: "text", list: "names", autocomplete: "off", placeholder: "another driver" });
  const { byName, drivers } = view.model;
  // the field cannot hold line breaks, and its list must not show what is invisible
  const chosen = (text) => byName.get(text) || drivers.find(({ name }) => shown(name) === text);
  input.value = shown(view.state.why || "");
  input.addEventListener("change", () => go({ why: chosen(input.value)?.name ?? null }));
  const names = make("datalist", { id: "names" });
  input.addEventListener("focus", () => {
    if (!names.children.length) names.append(...drivers.slice(0, 2000).map(({ name }) => make("option", { value: shown(name) })));
  });
  return make("div", { class: "field" }, make("label", { for: "why" }, "Path to or from"), input, names);
}

function whyItems(view) {
  const { path, driver, other } = view;
  if (!path) return [make("p", { class: "nopath" }, `Neither ${shown(driver.name)} nor ${shown(other.name)} comes after the other.`)];
  const from = view.model.drivers[path[0].from], to = view.model.drivers[path[path.length - 1].to];
  const title = `${shown(from.name)} comes after ${shown(to.name)} (${counted(path.length, "dependency", "dependencies")})`;
  return [make("h3", {}, title), make("ol", { class: "edges", id: "path" }, ...path.map((edge) => edgeItem(view, edge, "to")))];
}
