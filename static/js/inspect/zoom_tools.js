/** Buttons that move and scale the stretch of bars in sight: for fingers and keys, which cannot drag over a figure. */

import { byId } from "../dom.js";
import { setAvailable } from "../unavailable.js";
import { changes, MOVES } from "./range.js";

/** @typedef {import("./columns.js").Range} Range */

/**
 * @param {() => { range: Range, whole: Range }} sight  of what is shown
 * @param {(range: Range | null) => void} onZoom  null for all of it
 * @returns {() => void} the view
 */
export function createZoomTools(sight, onZoom) {
  const names = Object.keys(MOVES);
  const isUseful = (/** @type {string} */ name) => changes(name, sight().range, sight().whole);
  for (const name of names) {
    byId(`zoom-${name}`).addEventListener("click", () => {
      const { range, whole } = sight();
      if (isUseful(name)) onZoom(MOVES[name](range, whole));
    });
  }
  return () => names.forEach((name) => setAvailable(byId(`zoom-${name}`), isUseful(name)));
}
