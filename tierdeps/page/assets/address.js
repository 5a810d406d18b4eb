// The state of the page is in its address, after the #: a link shows what its sender saw.

const SINGLE = ["driver", "why", "tier", "plugin", "kind", "when", "fix", "link", "at", "zoom", "sort"];
const LISTS = ["flip", "fold"];
export const SHOWN = { both: "needs and dependents", needs: "needs", dependents: "dependents", all: "all", none: "none" };

/** Return the state that the address holds. */
export function readState() {
  const values = new URLSearchParams(location.hash.slice(1));
  const state = {};
  for (const key of SINGLE) state[key] = values.get(key);
  for (const key of LISTS) state[key] = values.getAll(key);
  state.finding = values.has("finding") ? Number(values.get("finding")) - 1 : null;
  state.show = values.get("show") in SHOWN ? values.get("show") : "both";
  state.deep = values.get("deep") === "1";
  return state;
}

/** Return the address, after the #, that holds a state; what is as at first is omitted. */
export function addressOf(state) {
  const values = new URLSearchParams();
  for (const key of SINGLE) if (state[key] !== null) values.set(key, state[key]);
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
