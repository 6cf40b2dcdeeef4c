/** Light, dark or as the system says; and the theme's colours for what CSS cannot reach. */

import { byId, setAttribute, setText } from "./dom.js";
import { remember, remembered } from "./memory.js";

const NAME = "theme";
const ORDER = ["system", "light", "dark"];
/** @type {Map<string, string>} */
const known = new Map(); // colours by property: asking for one makes the browser work out every style that has changed

/** @param {() => void} onChange  called when the page's colours have changed */
export function createTheme(onChange) {
  const button = byId("theme");
  apply(remembered(NAME, ORDER[0]));
  button.addEventListener("click", () => {
    const next = ORDER[(ORDER.indexOf(button.value) + 1) % ORDER.length];
    remember(NAME, next);
    apply(next);
    change();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", change);

  function change() {
    known.clear();
    onChange();
  }

  function apply(/** @type {string} */ theme) {
    button.value = theme;
    setText(byId("theme-name"), theme);
    setAttribute(document.documentElement, "data-theme", theme === "system" ? null : theme);
  }
}

/**
 * The colour that a custom property has at this moment, as rgb().
 * @param {string} property  such as "--ink"
 * @returns {string}
 */
export function colour(property) {
  const found = known.get(property);
  if (found !== undefined) return found;
  const probe = byId("colour-probe");
  probe.style.color = `var(${property})`;
  const { color } = getComputedStyle(probe);
  known.set(property, color);
  return color;
}
