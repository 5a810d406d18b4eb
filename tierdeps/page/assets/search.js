// The search: a list of drivers below the field, for the keyboard and the mouse.

import { byId, make, shown } from "./text.js";
import { go } from "./address.js";

const MOST_RESULTS = 20;

/** Return the drivers that a text finds: those that begin with it first. */
export function found(model, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const hits = [];
  for (const driver of model.drivers) {
    const at = driver.name.toLowerCase().indexOf(wanted);
    if (at >= 0 || (driver.provides || []).some((name) => name.toLowerCase().includes(wanted))) {
      hits.push([at === 0 ? 0 : 1, driver]);
    }
  }
  return hits.sort((one, other) => one[0] - other[0]).slice(0, MOST_RESULTS).map(([, driver]) => driver);
}

/** Make the search field work; the list is a listbox, of which the field names the active option.
 *
 * The focus moves to the driver that is chosen: ``focusDriver`` does that as soon as it is shown. */
export function startSearch(model, focusDriver) {
  const input = byId("search"), list = byId("results"), message = byId("nohits");
  let hits = [], active = 0;
  const draw = () => {
    const text = hits.length ? "" : shown(input.value.trim());
    message.textContent = text && document.activeElement === input ? `No driver is named like ${text}.` : "";
    list.hidden = !hits.length;
    input.setAttribute("aria-expanded", String(hits.length > 0));
    if (hits.length) input.setAttribute("aria-activedescendant", "result" + active);
    else input.removeAttribute("aria-activedescendant");
    list.replaceChildren(...hits.map((driver, at) => {
      const option = make("li", { role: "option", id: "result" + at, "aria-selected": String(at === active) }, make("bdi", {}, shown(driver.name)));
      option.addEventListener("mousedown", () => choose(driver));
      return option;
    }));
  };
  const close = () => { hits = []; draw(); };
  const choose = (driver) => {
    input.value = "";
    input.blur();
    go({ driver: driver.name, why: null });
    focusDriver(driver);
  };
  input.addEventListener("input", () => { hits = found(model, input.value); active = 0; draw(); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && hits.length) choose(hits[active]);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      active = (active + (event.key === "ArrowDown" ? 1 : hits.length - 1)) % Math.max(1, hits.length);
      draw();
      event.preventDefault();
    } else if (event.key === "Escape") {
      input.value = "";
      close();
      input.blur();
      event.stopPropagation();
    }
  });
}
