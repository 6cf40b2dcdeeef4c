/** Where the focus goes from a button that is about to disappear: nobody should have to begin again at the page's top. */

/**
 * From a button in an item of a list to the same one of the next item, or of the last; without one, to the title.
 * @param {HTMLElement} button
 * @param {HTMLElement} title
 */
export function leaveItem(button, title) {
  const item = button.closest("li");
  const beside = item?.nextElementSibling ?? item?.previousElementSibling;
  const buttons = [...(beside?.querySelectorAll("button") ?? [])];
  (buttons.find(({ textContent }) => textContent === button.textContent) ?? title).focus();
}

/**
 * From a part that is about to be hidden to the title of the page in sight.
 * @param {Element} part
 */
export function leavePart(part) {
  if (!part.contains(document.activeElement)) return;
  const title = /** @type {HTMLElement | null} */ (document.querySelector("[data-page]:not([hidden]) h1"));
  title?.focus({ preventScroll: true });
}
