/** What this browser remembers between visits. One that keeps nothing forgets at the end of the visit. */

const PREFIX = "warmgate-";

/**
 * @param {string} name
 * @param {string} otherwise  where nothing is remembered
 * @returns {string}
 */
export function remembered(name, otherwise = "") {
  try {
    return localStorage.getItem(PREFIX + name) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/**
 * @param {string} name
 * @param {string} text
 */
export function remember(name, text) {
  try {
    localStorage.setItem(PREFIX + name, text);
  } catch {
    return; // for this visit only
  }
}
