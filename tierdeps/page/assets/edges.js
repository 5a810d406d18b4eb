// The drawn edges: curves between the buttons of drivers, or the boxes of collapsed tiers.

import { leadsLater } from "./model.js";
import { measure } from "./text.js";

const POINTS_LEFT = "m7 -4l-7 4l7 4";
const SVG = "http://www.w3.org/2000/svg";

/** Draw edges over the bands; each is [edge, classes]. */
export function drawEdges(view, drawn, place, bands) {
  const boxes = boxesOf(bands, view);
  const origin = bands.getBoundingClientRect();
  const seen = new Set();
  const shapes = new Map();
  for (const [edge, classes] of drawn) {
    const from = boxes(edge.from), to = boxes(edge.to);
    if (!from || !to || from === to) continue;
    const shape = curve(from, to, origin);
    const names = ["edge", edge.kind, edge.required ? "required" : "soft", edge.when ? "conditional" : "",
      edge.change || "", leadsLater(view, edge) || view.order.cyclic.has(edge.id) ? "bad" : "", ...classes];
    const key = shape[0] + names.join(" ");
    if (seen.has(key)) continue;
    seen.add(key);
    const style = names.filter(Boolean).join(" ");
    if (!shapes.has(style)) shapes.set(style, []);
    shapes.get(style).push(shape);
  }
  place.setAttribute("width", bands.scrollWidth);
  place.setAttribute("height", bands.scrollHeight);
  // one element for all edges of a style: thousands of elements make a frame too long
  place.replaceChildren(...[...shapes].flatMap(([style, parts]) => [
    pathOf(parts.map(([line]) => line).join(""), style, parts.length),
    pathOf(parts.map(([, head]) => head).join(""), style + " head", parts.length),
  ]));
}

function pathOf(shape, classes, count) {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", shape);
  path.setAttribute("class", classes);
  path.dataset.count = count;
  return path;
}

/** Return a function that gives the rectangle of a driver: all are read at once, before anything is changed. */
function boxesOf(bands, view) {
  const drivers = new Map();
  for (const button of bands.querySelectorAll(".driver")) drivers.set(Number(button.dataset.id), button);
  const tiers = foldedBoxes(bands);
  const read = new Map();
  return (id) => {
    const element = drivers.get(id);
    if (!element) return tiers.get(view.model.tiers[view.situation.tiers[id]].name) || null;
    if (!read.has(element)) read.set(element, element.getBoundingClientRect());
    return read.get(element);
  };
}

/** Return the rectangles of the heads of collapsed tiers, all as wide as the widest: arrows are beside their texts. */
function foldedBoxes(bands) {
  const found = new Map();
  for (const button of bands.querySelectorAll(".folded .fold")) found.set(button.dataset.tier, button.parentNode.getBoundingClientRect());
  const width = Math.max(0, ...[...found.values()].map((box) => box.width));
  for (const [name, { left, top, height }] of found) found.set(name, new DOMRect(left, top, width, height));
  return found;
}

/** Return the curve from a dependent to what it needs, and the arrowhead at that end; each keeps to the right of its
 * way, so that two opposite ones are apart. */
function curve(from, to, origin) {
  const up = to.bottom < from.top, down = to.top > from.bottom;
  const left = to.right < from.left;
  if ((up || down) && Math.abs(from.left - to.left) < 2) return arc(from, to, origin, up);
  const apart = measure("apart");
  if (up || down) {
    const aside = up ? apart : -apart;
    const x1 = from.left + from.width / 2 - origin.left + aside, y1 = (up ? from.top : from.bottom) - origin.top;
    const x2 = to.left + to.width / 2 - origin.left + aside, y2 = (up ? to.bottom : to.top) - origin.top;
    const middle = (y1 + y2) / 2 + Math.sign(x2 - x1) * apart;
    return [line(x1, y1, x1, middle, x2, middle, x2, y2), head(x2, y2, up ? "m-4 7l4 -7l4 7" : "m-4 -7l4 7l4 -7")];
  }
  const aside = left ? -apart : apart;
  const x1 = (left ? from.left : from.right) - origin.left, y1 = from.top + from.height / 2 - origin.top + aside;
  const x2 = (left ? to.right : to.left) - origin.left, y2 = to.top + to.height / 2 - origin.top + aside;
  const middle = (x1 + x2) / 2 - Math.sign(y2 - y1) * apart;
  return [line(x1, y1, middle, y1, middle, y2, x2, y2), head(x2, y2, left ? POINTS_LEFT : "m-7 -4l7 4l-7 4")];
}

/** Return the curve between two drivers of one column: beside it, on the right upwards and on the left downwards. */
function arc(from, to, origin, up) {
  const side = up ? 1 : -1;
  const edgeOf = (box) => (up ? box.right : box.left) - origin.left;
  const x1 = edgeOf(from), y1 = from.top + from.height / 2 - origin.top;
  const x2 = edgeOf(to), y2 = to.top + to.height / 2 - origin.top;
  const out = (up ? Math.max(x1, x2) : Math.min(x1, x2)) + side * measure("arc");
  return [line(x1, y1, out, y1, out, y2, x2, y2), head(x2, y2, up ? POINTS_LEFT : "m-7 -4l7 4l-7 4")];
}

function head(x, y, shape) {
  return `M${Math.round(x)} ${Math.round(y)}${shape}`;
}

function line(x1, y1, ...rest) {
  const [a, b, c, d, x2, y2] = rest.map(Math.round);
  return `M${Math.round(x1)} ${Math.round(y1)}C${a} ${b} ${c} ${d} ${x2} ${y2}`;
}
