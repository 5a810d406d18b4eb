// Which edges are drawn for what is chosen, and the path that says why one driver comes after another.

/** Return the edges that are reached from a driver, in one direction; only its own ones unless transitive. */
export function reached(start, lists, end, deep) {
  const found = [];
  const seen = new Set([start]);
  const queue = [start];
  for (const id of queue) {
    for (const edge of lists[id]) {
      found.push(edge);
      if (deep && !seen.has(edge[end])) {
        seen.add(edge[end]);
        queue.push(edge[end]);
      }
    }
  }
  return found;
}

/** Return the shortest path of edges from one driver to one that it needs, or null. */
export function pathBetween(from, to, needs) {
  const before = new Map([[from, null]]);
  const queue = [from];
  for (const id of queue) {
    if (id === to) break;
    for (const edge of needs[id]) {
      if (edge.orders && edge.change !== "removed" && !before.has(edge.to)) {
        before.set(edge.to, edge);
        queue.push(edge.to);
      }
    }
  }
  if (!before.has(to) || from === to) return null;
  const path = [];
  for (let edge = before.get(to); edge; edge = before.get(edge.from)) path.unshift(edge);
  return path;
}

/** Return the why-path between the two chosen drivers, in the direction in which there is one. */
export function whyPath(view) {
  const { driver, other, needs } = view;
  if (!driver || !other) return null;
  return pathBetween(driver.id, other.id, needs) || pathBetween(other.id, driver.id, needs);
}

/** Return the edges to draw, each with its classes; the later ones are drawn on top. */
export function drawnEdges(view) {
  const { model, situation, state, driver, path } = view;
  const classes = new Map();
  const add = (edges, ...names) => {
    for (const edge of edges) classes.set(edge, [...(classes.get(edge) || []), ...names]);
  };
  if (state.show === "all") add(situation.edges);
  else if (driver && state.show !== "none" && !path) {
    if (state.show !== "dependents") add(reached(driver.id, view.needs, "to", state.deep), "needs");
    if (state.show !== "needs") add(reached(driver.id, view.dependents, "from", state.deep), "dependents");
  }
  if (model.kind === "diff" && !driver) add(situation.edges.filter((edge) => edge.change));
  const cycle = view.finding && view.finding.cycle;
  if (cycle) {
    const live = new Map(situation.edges.map((edge) => [edge.id, edge]));
    const pick = (ids) => ids.map((id) => live.get(id)).filter(Boolean);
    add(pick(cycle.component), "component");
    add(pick(cycle.path), "named");
    add(pick(cycle.cut), "cut");
  } else if (view.finding) {
    const about = new Set(view.finding.drivers);
    add(situation.edges.filter((edge) => about.has(edge.from) && (about.has(edge.to) || model.drivers[edge.to].state === "missing")), "named");
  }
  if (situation.fix) {
    add(situation.gone, "gone");
    add(situation.edges.filter((edge) => edge.id >= model.edges.length), "come");
  }
  if (path) add(path, "path");
  return [...classes].filter(([edge]) => !state.kind || edge.kind === state.kind);
}
