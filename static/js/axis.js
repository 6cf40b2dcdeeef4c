/** The horizontal axis that a person chose; all charts follow the one choice. */

/** @returns {string} a key of `AXES` */
export function chosenAxis() {
  const chosen = /** @type {HTMLInputElement} */ (document.querySelector("input[name=axis]:checked"));
  return chosen.value;
}

/** @param {() => void} listener */
export function onAxisChange(listener) {
  for (const radio of document.querySelectorAll("input[name=axis]")) radio.addEventListener("change", listener);
}
