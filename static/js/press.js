/** Keeps the page still while something on it is pressed: what moves away under the pointer hears no click. */

const PRESSED = "a, button, label, summary, tr";
const AT_ONCE = "input[type=range], select"; // shows what it is set to while it is pressed, or has a list of its own
const OVER = ["pointerup", "pointercancel", "contextmenu", "blur"];

/** @param {{ hold: () => void, release: () => void }} store */
export function createPress({ hold, release }) {
  addEventListener("pointerdown", ({ button, target }) => {
    if (button === 0 && isHolding(target)) hold();
  });
  for (const type of OVER) addEventListener(type, release);
}

function isHolding(/** @type {EventTarget | null} */ target) {
  return target instanceof Element && target.closest(PRESSED) !== null && target.closest(AT_ONCE) === null;
}
