/** Processor, memory and the end of the server's log: asked for every few seconds while they can be seen. */

import { byId, element, setText } from "../dom.js";
import { moment } from "../format.js";
import { request } from "../network.js";
import { loadTexts } from "./load.js";

const INTERVAL_MS = 3_000;
const AT_THE_END_PX = 8;

/** @param {{ state: import("../reducer.js").State }} store */
export function createMachine(store) {
  const log = byId("log");
  /** @type {import("./load.js").Reading | null} */
  let before = null;
  let shownLines = "";
  let timer = 0;

  log.addEventListener("toggle", look);
  document.addEventListener("visibilitychange", look);
  look();

  async function look() {
    clearTimeout(timer);
    if (isSeen(store.state)) await Promise.all([askMachine(), log.open ? askLog() : null]).catch(forget);
    clearTimeout(timer); // another look may have begun meanwhile
    timer = setTimeout(look, INTERVAL_MS);
  }

  async function askMachine() {
    const reading = await request("/api/machine");
    show(loadTexts(before, reading));
    before = reading;
  }

  async function askLog() {
    const { lines } = await request("/api/log");
    const key = `${lines.length} ${lines.at(-1)?.time}`;
    if (key === shownLines) return;
    shownLines = key;
    const scroll = byId("log-scroll");
    const follows = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < AT_THE_END_PX;
    byId("log-lines").replaceChildren(...lines.map(createLine));
    byId("log-empty").hidden = lines.length > 0;
    scroll.hidden = lines.length === 0;
    if (follows) scroll.scrollTop = scroll.scrollHeight;
  }

  /** The server is away: what it took before says nothing of what it takes when it is back. */
  function forget() {
    before = null;
    shownLines = "";
    show(loadTexts(null, null));
  }
}

/**
 * Whether there is somebody to see it and a server that answers, be it without events.
 * @param {Pick<import("../reducer.js").State, "connection" | "view">} state
 */
export function isSeen({ connection, view }) {
  const isAnswering = connection === "live" || connection === "polling";
  return isAnswering && view.page === "run" && document.visibilityState === "visible";
}

function show(texts) {
  for (const [name, text] of Object.entries(texts)) setText(byId(`machine-${name}`), text);
}

function createLine({ time, level, source, text }) {
  const stamp = element("time", { datetime: time }, moment(time));
  const severity = element("span", { class: "log-level" }, level);
  return element("li", { "data-level": level }, stamp, " ", severity, " ", `${source}: ${text}`);
}
