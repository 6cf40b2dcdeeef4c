/** The links that take the shown run away as files. The server makes the files; this page only says which run. */

import { runPath } from "./api.js";
import { byId, setAttribute } from "./dom.js";

/** @returns {(state: import("./reducer.js").State) => void} the view */
export function createTakeAway() {
  const section = byId("take-away");
  const links = /** @type {HTMLElement[]} */ ([...section.querySelectorAll("[data-export]")]);
  return ({ run }) => {
    section.hidden = run === null;
    if (run === null) return;
    for (const link of links) setAttribute(link, "href", `${runPath(run.run_id)}/${link.dataset.export}`);
  };
}
