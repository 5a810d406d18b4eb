// The order that edges make: which of them are on a cycle, and the stage of each driver in its tier.

/** Return the strongly connected components, each before those that reach it (Tarjan, without recursion). */
export function components(count, next) {
  const index = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const at = new Int32Array(count);
  const onStack = new Uint8Array(count);
  const stack = [];
  const found = [];
  let counter = 0;
  for (let root = 0; root < count; root++) {
    if (index[root] >= 0) continue;
    const path = [root];
    while (path.length) {
      const node = path[path.length - 1];
      if (index[node] < 0) {
        index[node] = low[node] = counter++;
        stack.push(node);
        onStack[node] = 1;
      }
      if (at[node] < next[node].length) {
        const other = next[node][at[node]++];
        if (index[other] < 0) path.push(other);
        else if (onStack[other]) low[node] = Math.min(low[node], index[other]);
        continue;
      }
      path.pop();
      if (path.length) low[path[path.length - 1]] = Math.min(low[path[path.length - 1]], low[node]);
      if (low[node] !== index[node]) continue;
      const members = stack.splice(stack.lastIndexOf(node));
      for (const member of members) onStack[member] = 0;
      found.push(members);
    }
  }
  return found;
}

/** Return the edges between steps that are on a cycle. Each phase of a driver comes after the one before it. */
export function cyclicEdges(model, edges) {
  const first = [];
  let count = 0;
  for (const driver of model.drivers) {
    first.push(count);
    count += (driver.phases || [""]).length;
  }
  const next = Array.from({ length: count }, () => []);
  for (const driver of model.drivers) {
    for (let at = 1; at < (driver.phases || []).length; at++) next[first[driver.id] + at].push(first[driver.id] + at - 1);
  }
  const step = (id, phase) => first[id] + Math.max(0, (model.drivers[id].phases || []).indexOf(phase));
  const ends = edges.map((edge) => [step(edge.from, edge.from_phase), step(edge.to, edge.to_phase)]);
  for (const [from, to] of ends) next[from].push(to);
  const component = new Int32Array(count);
  components(count, next).forEach((members, number) => { for (const member of members) component[member] = number; });
  return new Set(edges.filter((_, at) => component[ends[at][0]] === component[ends[at][1]]).map((edge) => edge.id));
}

/** Return the stage of each driver (0: it is not in the plan), and the edges that are on a cycle. */
export function orderOf(model, situation) {
  const ordering = situation.edges.filter((edge) => edge.orders && edge.change !== "removed");
  const { tiers, present } = situation;
  const next = model.drivers.map(() => []);
  for (const edge of situation.edges) {
    const counts = edge.orders && (edge.change !== "removed" || isGone(model, edge));
    if (counts && tiers[edge.from] === tiers[edge.to]) next[edge.from].push(edge.to);
  }
  const stages = new Int32Array(model.drivers.length);
  for (const members of components(model.drivers.length, next)) {
    let stage = 1;
    const inside = new Set(members);
    for (const member of members) {
      for (const other of next[member]) if (!inside.has(other)) stage = Math.max(stage, stages[other] + 1);
    }
    for (const member of members) stages[member] = stage;
  }
  present.forEach((there, id) => { if (!there) stages[id] = 0; });
  return { stages, cyclic: cyclicEdges(model, ordering) };
}

/** Return whether an edge of the old graph belongs to a driver that is gone: such a driver is placed by it. */
function isGone(model, edge) {
  return model.drivers[edge.from].change === "removed" || model.drivers[edge.to].change === "removed";
}
