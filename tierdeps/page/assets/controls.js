// The controls: filters, switches of facts, and the keys.

import { byId, counted, make, shown } from "./text.js";
import { SHOWN, go, readState } from "./address.js";

function fill(id, values, all) {
  const options = values.map(([value, text]) => make("option", { value }, shown(text)));
  byId(id).replaceChildren(...(all ? [make("option", { value: "" }, all)] : []), ...options);
  byId(id).closest(".field").hidden = !values.length;
}

const distinct = (values) => [...new Set(values.filter(Boolean))].sort().map((value) => [value, value]);

/** Fill the filters, and follow them. */
export function startControls(model, isAllFolded) {
  fill("tier", model.tiers.map(({ name }) => [name, name]), "all tiers");
  fill("plugin", distinct(model.drivers.map((driver) => driver.plugin)), "everybody");
  fill("kind", distinct(model.edges.map((edge) => edge.kind)), "all kinds");
  fill("when", Object.keys(model.facts).map((name) => [name, name]), "any");
  fill("show", Object.entries(SHOWN));
  for (const id of ["tier", "plugin", "kind", "when"]) byId(id).addEventListener("change", (event) => go({ [id]: event.target.value || null }));
  byId("show").addEventListener("change", (event) => go({ show: event.target.value }));
  byId("deep").addEventListener("change", (event) => go({ deep: event.target.checked }));
  byId("fold").addEventListener("click", () => go(isAllFolded() ? { fold: [""] } : { fold: model.tiers.map(({ name }) => name), driver: null, why: null }));
  byId("reset").addEventListener("click", reset);
}

function reset() {
  const { link } = readState();
  location.hash = link ? new URLSearchParams({ link }).toString() : "";
}

/** Show in the controls what the address says. */
export function drawControls(view, allFolded) {
  const { state, model } = view;
  for (const id of ["tier", "plugin", "kind", "when"]) byId(id).value = state[id] || "";
  byId("show").value = state.show;
  byId("deep").checked = state.deep;
  byId("fold").textContent = allFolded ? "Expand tiers" : "Collapse tiers";
  drawFacts(view, byId("facts"));
  const { drivers, edges } = model.omitted;
  byId("omitted").hidden = !drivers;
  byId("omitted").textContent = `This page omits ${counted(drivers, "driver")} and ${counted(edges, "dependency", "dependencies")}: the graph is too large for a page.`;
}

function drawFacts(view, place) {
  const names = Object.keys(view.model.facts);
  const content = names.length ? [make("h2", {}, "Facts")] : [];
  for (const name of names) {
    const input = make("input", { type: "checkbox", role: "switch", "data-fact": name });
    input.checked = view.situation.facts[name];
    input.addEventListener("change", () => {
      const flip = new Set(view.state.flip);
      if (!flip.delete(name)) flip.add(name);
      go({ flip: [...flip] });
    });
    content.push(make("label", { class: "fact" }, input, " ", make("bdi", {}, shown(name))));
  }
  const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.fact : undefined;
  place.replaceChildren(...content);
  if (focused !== undefined) for (const input of place.querySelectorAll("input")) if (input.dataset.fact === focused) input.focus();
}

/** Follow the keys: / searches, Escape resets, n d b t choose edges, arrows move between drivers. */
export function startKeys(bands) {
  const shows = { n: "needs", d: "dependents", b: "both", a: "all" };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input:not([type=checkbox]), select, textarea");
    if (event.key === "Escape") reset();
    else if (typing) return;
    else if (event.key === "/") byId("search").focus();
    else if (event.key in shows) go({ show: shows[event.key] });
    else if (event.key === "t") go({ deep: !readState().deep });
    else if (!event.key.startsWith("Arrow") || !moveFocus(bands, event.target, event.key)) return;
    event.preventDefault();
  });
}

/** Move the focus between drivers; from outside of them, to the chosen or the first one. Return whether there is one. */
function moveFocus(bands, target, key) {
  if (target.matches(".driver")) {
    move(bands, target, key);
    return true;
  }
  const entry = target.matches("body, #graph") ? bands.querySelector('.driver[tabindex="0"]') : null;
  if (entry) entry.focus();
  return entry !== null;
}

/** Move the focus to the nearest driver in a direction. */
function move(bands, start, key) {
  const here = centre(start);
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  let best = null, least = Infinity;
  for (const button of bands.querySelectorAll(".driver")) {
    const there = centre(button);
    const along = (there.x - here.x) * dx + (there.y - here.y) * dy;
    const across = Math.abs((there.x - here.x) * dy) + Math.abs((there.y - here.y) * dx);
    if (along > 2 && along + 3 * across < least) [best, least] = [button, along + 3 * across];
  }
  if (!best) return;
  start.tabIndex = -1;
  best.tabIndex = 0;
  best.focus();
}

function centre(element) {
  const box = element.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
}
