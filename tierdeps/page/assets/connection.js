// The connection to tierdeps serve. The token is sent in a header, and leaves the address at once: see tierdeps/serve/access.py.

import { parsed } from "./model.js";

const KEY = "tierdeps-token";
//: In milliseconds: the pauses between attempts to connect, and how long the server is silent at most.
const FIRST_PAUSE = 500, LONGEST_PAUSE = 8000, SILENCE = 30000;

/** Take the token out of the address, and keep it for this tab; return it. */
export function takeToken() {
  const values = new URLSearchParams(location.hash.slice(1));
  const given = values.get("token");
  if (given !== null) {
    sessionStorage.setItem(KEY, given);
    values.delete("token");
    history.replaceState(null, "", location.pathname + (values.size ? "#" + values : ""));
  }
  return sessionStorage.getItem(KEY) || "";
}

/** A request that the server refused or could not answer. */
export class Problem extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

/** Send a request, and return the response. Throws Problem, also if nothing answers: its status is 0 then. */
export async function ask(path, options = {}) {
  const headers = { Authorization: "Bearer " + takeToken(), ...options.headers };
  let response;
  try {
    response = await fetch(path, { ...options, headers, cache: "no-store", credentials: "omit", redirect: "error" });
  } catch {
    throw new Problem(0, "tierdeps serve does not answer");
  }
  if (response.ok) return response;
  const found = await response.json().catch(() => ({}));
  throw new Problem(response.status, found.problem || "tierdeps serve refused the request");
}

/** Return the document at a path. */
export async function askFor(path) {
  return parsed(await (await ask(path)).text());
}

/** Send a document to a path, and return the answer. */
export async function send(path, value) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) };
  return (await ask(path, options)).json();
}

/** Wait, in milliseconds. */
export const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

/** Follow the events for ever: call onEvent with each, and onLost with the problem whenever the connection is lost. */
export async function follow(path, onEvent, onLost) {
  let wait = FIRST_PAUSE;
  for (;;) {
    try {
      await readEvents(path, (event) => { wait = FIRST_PAUSE; onEvent(event); });
      onLost(new Problem(0, "tierdeps serve has ended the connection"));
    } catch (problem) {
      onLost(problem);
      if (problem.status === 403) return;
    }
    await pause(wait);
    wait = Math.min(2 * wait, LONGEST_PAUSE);
  }
}

async function readEvents(path, onEvent) {
  const abort = new AbortController();
  let timer = 0;
  const alive = () => { clearTimeout(timer); timer = setTimeout(() => abort.abort(), SILENCE); };
  try {
    alive();
    const reader = (await ask(path, { signal: abort.signal })).body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      text += value;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const data = text.slice(0, end).split("\n").filter((line) => line.startsWith("data: "));
        text = text.slice(end + 2);
        if (data.length) onEvent(parsed(data.map((line) => line.slice(6)).join("\n")));
      }
    }
  } catch (problem) {
    throw problem instanceof Problem ? problem : new Problem(0, "the connection to tierdeps serve is lost");
  } finally {
    clearTimeout(timer);
  }
}
