/** Keeps the page still while something on it is pressed: what moves away under the pointer hears no click. */

const PRESSED = "a, button, label, summary, tr";
const AT_ONCE = "input[type=range], select"; // shows what it is set to while it is pressed, or has a list of its own
const OVER = ["click", "pointercancel", "contextmenu", "blur"];
const CLICK_MS = 350; // a finger's click comes in a later task than its end

/** @param {{ hold: () => void, release: () => void }} store */
export function createPress({ hold, release }) {
  let timer = 0;

  addEventListener("pointerdown", ({ button, target }) => {
    if (button !== 0 || !isHolding(target)) return;
    clearTimeout(timer);
    hold();
  });
  addEventListener("pointerup", ({ pointerType }) => {
    if (pointerType === "touch") timer = setTimeout(release, CLICK_MS);
    else release();
  });
  addEventListener("pointermove", ({ buttons }) => {
    if (buttons === 0) release(); // its end was told elsewhere, in another window for one
  });
  for (const type of OVER) addEventListener(type, release);
}

function isHolding(/** @type {EventTarget | null} */ target) {
  return target instanceof Element && target.closest(PRESSED) !== null && target.closest(AT_ONCE) === null;
}
