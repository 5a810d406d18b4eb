// The state of the page is in its address, after the #: a link shows what its sender saw.

const SINGLE = ["driver", "why", "tier", "plugin", "kind", "when", "fix", "link", "at", "zoom", "sort", "log"];
const LISTS = ["flip", "fold"];
export const SHOWN = { both: "needs and dependents", needs: "needs", dependents: "dependents", all: "all", none: "none" };

/** Return the state that the address holds. */
export function readState() {
  const values = new URLSearchParams(location.hash.slice(1));
  const state = {};
  for (const key of SINGLE) state[key] = values.get(key);
  for (const key of LISTS) state[key] = values.getAll(key);
  state.finding = numberOf(values, "finding", 1, 1e9, true);
  if (state.finding !== null) state.finding -= 1;
  state.zoom = numberOf(values, "zoom", 1, 64);
  state.at = numberOf(values, "at", 0, 1e12);
  state.show = Object.hasOwn(SHOWN, values.get("show")) ? values.get("show") : "both";
  state.deep = values.get("deep") === "1";
  return state;
}

/** Return a number of the address between two others; null if it is none. Anybody can write an address. */
function numberOf(values, key, least, most, whole = false) {
  const number = Number(values.get(key) || NaN);
  return (whole ? Number.isInteger(number) : !Number.isNaN(number)) && number >= least && number <= most ? number : null;
}

/** Return the address, after the #, that holds a state; what is as at first is omitted. */
export function addressOf(state) {
  const values = new URLSearchParams();
  for (const key of SINGLE) if (state[key] !== null) values.set(key, String(state[key]));
  for (const key of LISTS) for (const value of state[key]) values.append(key, value);
  if (state.finding !== null) values.set("finding", String(state.finding + 1));
  if (state.show !== "both") values.set("show", state.show);
  if (state.deep) values.set("deep", "1");
  return values.toString();
}

/** Change some of the state; the page follows when the address has changed. */
export function go(changes) {
  const address = addressOf({ ...readState(), ...changes });
  if (address !== location.hash.slice(1)) location.hash = address;
}
