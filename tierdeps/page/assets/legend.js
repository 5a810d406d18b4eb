// The legend: what lines and looks mean, as far as the page can have them, and the template for links.

import { make } from "./text.js";
import { go, readState } from "./address.js";
import { cyclicEdges } from "./order.js";

//: What the states of a driver in a run mean, in the order of its start.
const STATES = {
  pending: "its tier is not open yet", waiting: "waiting for what it needs", starting: "a step runs", retried: "failed, tries again",
  ready: "", adopted: "already running", degraded: "ready, with a reduced function", failed: "", blocked: "needs one that failed",
  cancelled: "", skipped: "its condition does not hold", passed: "nothing to do", stopping: "", stopped: "",
};
const LIVE = ["pending", "starting", "ready", "adopted", "degraded", "failed", "blocked", "skipped", "stopping", "stopped"];

/** Return the lines that the page can have, each with its classes and its meaning. */
function linesOf(model) {
  const { edges, findings, kind } = model;
  const needs = edges.filter((edge) => edge.kind !== "conflicts");
  const soft = [...new Set(needs.filter((edge) => !edge.required).map(({ kind: verb }) => (verb === "requires" ? "requires (optional)" : verb)))];
  const ordering = edges.filter((edge) => edge.orders && edge.change !== "removed");
  const fixes = findings.flatMap((finding) => (finding.fixes || []).map((fix) => fix.after).filter(Boolean));
  const cuts = findings.some((finding) => finding.cycle && finding.cycle.cut.length);
  const changes = (what) => kind === "diff" && edges.some((edge) => edge.change === what);
  return [
    [edges.some((edge) => edge.required), "required", "requires"],
    [soft.length, "soft", soft.sort().join(", ")],
    [edges.some((edge) => edge.when), "conditional", "under a fact"],
    [needs.length < edges.length, "soft conflicts", "conflicts"],
    [needs.length, "needs", "what the chosen driver needs"],
    [needs.length, "dependents", "what depends on the chosen driver"],
    [ordering.length, "path", "the path between two drivers"],
    [ordering.some((edge) => edge.inversion) || cyclicEdges(model, ordering).size, "bad", "on a cycle, or on a later tier"],
    [findings.length && edges.length, "named", "the chosen finding"],
    [cuts, "cut", "proposed cut"],
    [changes("added"), "come", "new"],
    [changes("removed"), "gone", "removed"],
    [fixes.some((fix) => fix.come.length), "come", "new after the fix"],
    [cuts || fixes.some((fix) => fix.gone.length), "gone", "removed by the fix"],
  ].filter(([can]) => can).map(([, classes, text]) => [{ class: "sign " + classes }, text]);
}

/** Return the looks of drivers that the page can have: what has changed, and the states of a run. */
function looksOf({ drivers, runs, kind }) {
  const looks = [["added", "new"], ["removed", "removed"], ["moved", "moved"]]
    .filter(([change]) => drivers.some((driver) => driver.change === change));
  const results = new Set((runs || []).flatMap((run) => run.bars.map((bar) => bar.result)));
  const states = kind === "live" ? LIVE : runs ? Object.keys(STATES).filter((state) => ["pending", "waiting", "starting", "ready"].includes(state) || results.has(state)) : [];
  return [
    ...looks.map(([change, text]) => [{ class: "sample " + change }, text]),
    ...states.map((state) => [{ class: "sample", "data-state": state }, state + (STATES[state] && ": " + STATES[state])]),
  ];
}

/** Show the legend, and the field for the template of links. */
export function drawLegend(model, place) {
  const input = make("input", { id: "link", type: "text", placeholder: "vscode://file/{file}:{line}", autocomplete: "off" });
  input.value = readState().link || "";
  input.addEventListener("change", () => go({ link: input.value || null }));
  const rows = [...linesOf(model), ...looksOf(model)].map(([sign, text]) => make("li", {}, make("span", sign), text));
  place.replaceChildren(make("h2", {}, "Legend"), make("ul", { class: "legend" }, ...rows),
    make("p", { class: "hint" }, "An arrow leads from a driver to what it needs."),
    make("div", { class: "field" }, make("label", { for: "link" }, "Link declarations to"), input));
}
