/** The buttons that order something of the shown run, wherever they stand: `<button data-order="pause">`. */

import { setAttribute } from "./dom.js";
import { obstacleTo } from "./standing.js";
import { setObstacle } from "./unavailable.js";

export const BUSY = "Something else is being done.";

/**
 * @param {import("./standing.js").Order} order
 * @returns {HTMLButtonElement[]}
 */
export function buttonsTo(order) {
  return [...document.querySelectorAll(`button[data-order="${order}"]`)];
}

/**
 * Whether they can be pressed, and why not where the pointer rests.
 * @param {import("./standing.js").Order} order
 * @param {import("./standing.js").Situation} state
 * @param {{ isBusy?: boolean, isBlocked?: boolean }} [own]  whether it is on its way, or something else forbids it
 */
export function renderOrder(order, state, { isBusy = false, isBlocked = false } = {}) {
  const obstacle = isBlocked ? BUSY : obstacleTo(order, state);
  for (const button of buttonsTo(order)) {
    setObstacle(button, obstacle, button.dataset.help);
    setAttribute(button, "aria-busy", isBusy ? "true" : null);
  }
}
