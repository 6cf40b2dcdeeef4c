/** Where the focus goes when a dialog closes that a press on a chart or a row has opened: they take no focus themselves. */

const PLACES = "button, a, tr, .chart, .panel";

/** @param {HTMLDialogElement} dialog */
export function returnFocus(dialog) {
  /** @type {HTMLElement | null} */
  let pressed = null;

  document.addEventListener("pointerdown", ({ target }) => {
    if (!dialog.open && target instanceof Element) pressed = target.closest(PLACES);
  });
  dialog.addEventListener("close", () => {
    if (!pressed?.isConnected || !document.activeElement?.contains(pressed)) return; // it is at a better place
    const button = pressed.matches("tr") ? pressed.querySelector(".row-button") : null;
    const place = /** @type {HTMLElement} */ (button ?? pressed);
    if (place.tabIndex < 0) place.tabIndex = -1;
    place.focus({ preventScroll: true });
  });
}
