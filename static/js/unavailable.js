/**
 * Buttons that can do nothing at the moment: they can be focused all the same, and tell why. A disabled one would drop
 * the focus of the person who has just pressed it.
 */

import { setAttribute } from "./dom.js";

const UNAVAILABLE = '[aria-disabled="true"]';

/**
 * For a button of which one sees why.
 * @param {Element} button
 * @param {boolean} isAvailable
 */
export function setAvailable(button, isAvailable) {
  setAttribute(button, "aria-disabled", isAvailable ? null : "true");
}

/**
 * @param {HTMLButtonElement} button
 * @param {string} obstacle  why nothing can be done, or empty
 * @param {string} [help]    what is told where something can
 */
export function setObstacle(button, obstacle, help) {
  button.disabled = false; // as it may be until the page knows its state
  setAvailable(button, obstacle === "");
  setAttribute(button, "title", obstacle || help);
}

/** Lets nobody hear a click on one of them. */
export function muteUnavailable() {
  document.addEventListener(
    "click",
    (event) => {
      if (!(event.target instanceof Element) || event.target.closest(UNAVAILABLE) === null) return;
      event.preventDefault();
      event.stopPropagation();
    },
    { capture: true },
  );
}
