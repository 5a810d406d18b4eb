// The panel of findings: each with its evidence, its cycle, and buttons that show the graph after a fix.

import { counted, make, placeOf, shown } from "./text.js";
import { go } from "./address.js";

/** Show the findings; the chosen one with its details. */
export function drawFindings(view, place) {
  const { findings, kind } = view.model;
  if (kind !== "check" && kind !== "live") return;
  const content = [make("h2", {}, findings.length ? counted(findings.length, "finding") : "No findings")];
  content.push(make("ol", {}, ...findings.slice(0, 300).map((finding, number) => findingItem(view, finding, number))));
  if (findings.length > 300) content.push(make("p", { class: "warning" }, `and ${findings.length - 300} more`));
  place.replaceChildren(...content);
}

function findingItem(view, finding, number) {
  const chosen = view.state.finding === number;
  const title = make("button", {
    type: "button", class: "finding", "aria-expanded": String(chosen),
    onclick: () => go({ finding: chosen ? null : number, fix: null, driver: null, why: null }),
  }, make("span", { class: "code " + finding.severity }, `${finding.severity} ${finding.code}`), " ", shown(finding.message));
  return make("li", {}, title, chosen ? details(view, finding) : null);
}

/** Return declarations as a list: what each says, why, and where. */
function declarations(view, items) {
  return make("ul", { class: "edges" }, ...items.map((item) => {
    const when = item.when ? ` (when ${item.when})` : "";
    return make("li", {}, shown(item.text + when),
      item.reason ? make("div", { class: "reason" }, shown(item.reason)) : null,
      make("div", { class: "place" }, placeOf(item, view.state.link)));
  }));
}

function details(view, finding) {
  const box = make("div", { class: "details" }, declarations(view, finding.evidence || []));
  if (finding.hint) box.append(make("p", {}, shown(finding.hint)));
  if (finding.cycle) box.append(cycleLine(finding.cycle), fixButton(view, "cut", "Show without the proposed cut"));
  (finding.fixes || []).forEach((fix, number) => {
    const parts = fix.parts ? declarations(view, fix.parts) : null;
    const text = make("div", { class: "fix" }, make("p", {}, shown(fix.summary)), parts, fix.proof ? make("div", { class: "reason" }, shown(fix.proof)) : null);
    box.append(text, fix.after ? fixButton(view, String(number), "Show the graph after this fix") : "");
  });
  return box;
}

function cycleLine(cycle) {
  const least = cycle.cut_may_be_smaller ? "; a smaller cut may exist" : "";
  return make("p", {}, `${counted(cycle.members.length, "driver")} in the component, ` +
    `${counted(cycle.path.length, "dependency", "dependencies")} on the cycle shown, ` +
    `${counted(cycle.cut.length, "dependency", "dependencies")} in the proposed cut${least}`);
}

function fixButton(view, fix, text) {
  const pressed = view.state.fix === fix;
  return make("button", { type: "button", class: "showfix", "data-fix": fix, "aria-pressed": String(pressed), onclick: () => go({ fix: pressed ? null : fix }) }, text);
}
