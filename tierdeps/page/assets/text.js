// Text and elements. Names come from other people: they become text nodes only, never markup.

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Return a name with its invisible characters written as escapes. */
export function shown(name) {
  return String(name).replace(INVISIBLE, (char) => "\\u" + char.codePointAt(0).toString(16).padStart(4, "0"));
}

/** Return "1 driver" or "2 drivers". */
export function counted(number, noun, plural = noun + "s") {
  return number + " " + (number === 1 ? noun : plural);
}

/** Return an element with attributes and children; a child that is a string becomes text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Return the element of the page with an id. */
export function byId(id) {
  return document.getElementById(id);
}

//: The numbers of the layout that have been read: no rule of page.css changes them.
const measured = {};

/** Return a number of the layout, in pixels: tierdeps/page/layout.py reads the same lines of page.css. */
export function measure(name) {
  measured[name] ??= parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--" + name));
  return measured[name];
}

const SCHEMES = /^(https?|vscode|vscode-insiders|vscodium|cursor|zed|idea|pycharm|txmt|subl|file):\/\//i;

/** Return where something is declared, linked if the address has a template for links. */
export function placeOf(item, template) {
  if (!item.origin) return "";
  if (!item.file || !template || !SCHEMES.test(template)) return shown(item.origin);
  const file = item.file.split("/").map(encodeURIComponent).join("/");
  const href = template.replaceAll("{file}", file).replaceAll("{line}", String(item.line || 1));
  return make("a", { href, rel: "noopener noreferrer" }, shown(item.origin));
}
