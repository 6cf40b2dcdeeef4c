/** Light, dark or as the system says; and the theme's colours for what CSS cannot reach. */

import { byId, setAttribute, setText } from "./dom.js";

const KEY = "warmgate-theme";
const ORDER = ["system", "light", "dark"];

/** @param {() => void} onChange  called when the page's colours have changed */
export function createTheme(onChange) {
  const button = byId("theme");
  apply(remembered());
  button.addEventListener("click", () => {
    const next = ORDER[(ORDER.indexOf(button.value) + 1) % ORDER.length];
    remember(next);
    apply(next);
    onChange();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", onChange);

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
  const probe = byId("colour-probe");
  probe.style.color = `var(${property})`;
  return getComputedStyle(probe).color;
}

function remembered() {
  try {
    return localStorage.getItem(KEY) ?? "system";
  } catch {
    return "system"; // a browser that keeps nothing
  }
}

function remember(/** @type {string} */ theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    return; // chosen for this visit only
  }
}
