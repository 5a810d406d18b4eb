// The embedded data, and the graph that it makes under the facts and the fix that the address names.

//: An escape in JSON: a pair of surrogates, half of one, which no address can hold, or another one.
const ESCAPE = /\\(?:ud[89ab]..\\ud[c-f]..|(ud[89a-f]..)|.)/g;

/** Return what a text in JSON says, with names that an address can hold. */
export function parsed(text) {
  return JSON.parse(text.replace(ESCAPE, (escape, half) => (half ? "\\ufffd" : escape)));
}

/** Return the data with a number in each item, and drivers by name. */
export function readModel(text) {
  const model = parsed(text);
  model.drivers.forEach((driver, id) => { driver.id = id; });
  model.edges.forEach((edge, id) => { edge.id = id; });
  model.findings ||= [];
  model.byName = new Map(model.drivers.map((driver) => [driver.name, driver]));
  return model;
}

/** Return what a fix changes: that of the address, or the proposed cut of a cycle for "cut". */
function chosenFix(model, state) {
  const finding = model.findings[state.finding];
  if (!finding || state.fix === null) return null;
  if (state.fix === "cut") return finding.cycle ? { gone: finding.cycle.cut, come: [], moved: {} } : null;
  const fix = (finding.fixes || [])[Number(state.fix)];
  return fix ? fix.after || null : null;
}

/** Return the graph that counts: its edges, the tier of each driver, and which drivers are in the plan. */
export function situationOf(model, state) {
  const facts = { ...model.facts };
  for (const name of state.flip) if (Object.hasOwn(facts, name)) facts[name] = !facts[name];
  const holds = (when) => when === undefined || facts[when] !== false;
  const present = model.drivers.map((driver) => holds(driver.when) && driver.state !== "missing");
  const fix = chosenFix(model, state);
  const tiers = model.drivers.map((driver) => driver.tier);
  const gone = new Set(fix ? fix.gone : []);
  if (fix) {
    for (const [id, name] of Object.entries(fix.moved)) {
      const tier = model.tiers.findIndex((item) => item.name === name);
      if (tier >= 0) tiers[id] = tier;
    }
  }
  const come = fix ? fix.come.map((edge, at) => ({ ...edge, id: model.edges.length + at, change: "added" })) : [];
  const counts = (edge) => holds(edge.when) && holds(model.drivers[edge.from].when) && holds(model.drivers[edge.to].when);
  const edges = model.edges.filter((edge) => counts(edge) && !gone.has(edge.id));
  edges.push(...come.filter(counts));
  const declared = [...model.edges.filter((edge) => !gone.has(edge.id)), ...come].filter((edge) =>
    edge.target !== undefined && edge.change !== "removed" && holds(edge.when) && holds(model.drivers[edge.from].when));
  const needs = requirements(declared, (edge) => holds(model.drivers[edge.to].when));
  const unmet = [...needs.values()].filter(({ there, least }) => there < least);
  const short = unmet.filter(({ isQuorum }) => isQuorum).length;
  return { facts, present, tiers, edges, fix, needs, short, absent: unmet.length - short, gone: model.edges.filter((edge) => gone.has(edge.id)) };
}

/** Return what identifies the requirement that an edge is a part of: a pattern or a capability has several edges. */
export function requirementOf(edge) {
  return JSON.stringify([edge.from, edge.from_phase, edge.target]);
}

/** Return how many drivers of each requirement there are, and how many are enough: one, or those of a quorum. */
function requirements(edges, isThere) {
  const found = new Map();
  for (const edge of edges) {
    const key = requirementOf(edge);
    if (!found.has(key)) found.set(key, { there: 0, all: 0, least: edge.atleast || 1, isQuorum: Boolean(edge.atleast) });
    const need = found.get(key);
    need.all += 1;
    if (isThere(edge)) need.there += 1;
  }
  return found;
}

/** Return whether an edge leads to a later tier; where a fix has moved an end of it, by the tiers after that. */
export function leadsLater({ model, situation: { tiers } }, edge) {
  const moved = [edge.from, edge.to].some((id) => tiers[id] !== model.drivers[id].tier);
  return Boolean(edge.inversion) && (!moved || tiers[edge.from] < tiers[edge.to]);
}

/** Return for each driver the edges that start at it and those that lead to it. */
export function neighbours(count, edges) {
  const needs = Array.from({ length: count }, () => []);
  const dependents = Array.from({ length: count }, () => []);
  for (const edge of edges) {
    needs[edge.from].push(edge);
    dependents[edge.to].push(edge);
  }
  return { needs, dependents };
}
