/** Keeps the page still while something on it is pressed: what moves away under the pointer hears no click. */

const PRESSED = "a, button, label, summary, tr";
const OVER = ["pointerup", "pointercancel", "contextmenu", "blur"];

/** @param {{ hold: () => void, release: () => void }} store */
export function createPress({ hold, release }) {
  addEventListener("pointerdown", ({ button, target }) => {
    if (button === 0 && /** @type {Element} */ (target).closest(PRESSED)) hold();
  });
  for (const type of OVER) addEventListener(type, release);
}
