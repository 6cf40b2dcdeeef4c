/** The pill that says a run's status, wherever it stands; one that may have changed since says so too. */

import { element, setAttribute } from "./dom.js";
import { isInDoubt } from "./standing.js";

/**
 * Written only when it reads otherwise.
 * @param {HTMLElement} pill
 * @param {import("./reducer.js").Run | null} run
 * @param {import("./reducer.js").State["connection"]} connection
 */
export function fillStatus(pill, run, connection) {
  const status = run?.status ?? "idle";
  const isOld = isInDoubt(run, connection);
  if (pill.dataset.status === status && pill.hasAttribute("data-doubtful") === isOld && pill.textContent !== "") return;
  pill.replaceChildren(status);
  if (isOld) pill.append(element("span", { class: "visually-hidden" }, ", last known"));
  setAttribute(pill, "data-status", status);
  setAttribute(pill, "data-doubtful", isOld);
}
