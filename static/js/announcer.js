/** The page's one voice for people who listen: what matters of the run and of the connection, and no counting. */

import { describeConnection } from "./connection.js";
import { byId, setText } from "./dom.js";
import { announcement } from "./status.js";

/** @returns {(state: import("./reducer.js").State) => void} the view */
export function createAnnouncer() {
  /** @type {Badge | null} */
  let heard = null;

  return (state) => {
    heard = toBeHeard(heard, describeConnection(state, Date.now()));
    setText(byId("announcer"), [announcement(state.run, state.connection), remark(heard)].filter(Boolean).join(" "));
  };
}

/**
 * The badge as it was when its tone last changed: the seconds that it counts are to be seen only.
 * @typedef {{ tone: string, text: string }} Badge
 * @param {Badge | null} heard
 * @param {Badge} shown
 * @returns {Badge}
 */
export function toBeHeard(heard, shown) {
  return heard?.tone === shown.tone ? heard : shown;
}

function remark({ tone, text }) {
  return tone === "good" ? "" : `Connection: ${text}.`;
}
