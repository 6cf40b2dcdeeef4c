/** Every shortcut of the page, once: the handler and the sheet are both made from this. Knows no DOM. */

const PAUSE_MS = 1_200; // in which the second key of a sequence must follow

/**
 * @typedef {"anywhere" | "page" | "inspector"} Where  the page without a dialog, the inspector, or both
 * @typedef {object} Shortcut
 * @property {string[]} keys     pressed one after the other, as `KeyboardEvent.key` names them
 * @property {string} help
 * @property {Where} where
 * @property {string} action     what `createKeys` is given to do it
 */

/** @type {readonly Shortcut[]} */
export const SHORTCUTS = [
  { keys: ["?"], help: "Show this sheet", where: "anywhere", action: "sheet" },
  { keys: ["g", "r"], help: "Go to the run", where: "page", action: "run" },
  { keys: ["g", "a"], help: "Go to All runs", where: "page", action: "runs" },
  { keys: ["g", "c"], help: "Go to Compare", where: "page", action: "compare" },
  { keys: ["s"], help: "Search all runs", where: "page", action: "search" },
  { keys: ["e"], help: "Inspect the newest episode of the shown run", where: "page", action: "newest" },
  { keys: ["k"], help: "Pause or resume the shown run", where: "page", action: "pause" },
  { keys: ["+"], help: "Zoom the curves in", where: "page", action: "closer" },
  { keys: ["-"], help: "Zoom the curves out", where: "page", action: "farther" },
  { keys: ["0"], help: "Show all of the curves", where: "page", action: "whole" },
  { keys: ["l"], help: "Go to the alerts", where: "page", action: "alerts" },
  { keys: ["t"], help: "Change the theme", where: "page", action: "theme" },
  { keys: ["ArrowLeft"], help: "Previous episode or evaluation", where: "inspector", action: "previous" },
  { keys: ["ArrowRight"], help: "Next episode or evaluation", where: "inspector", action: "next" },
  { keys: ["p"], help: "Previous episode or evaluation", where: "inspector", action: "previous" },
  { keys: ["n"], help: "Next episode or evaluation", where: "inspector", action: "next" },
  { keys: ["b"], help: "Show another episode beside this one", where: "inspector", action: "beside" },
];

/** How a key is written on the sheet; others as they are. */
export const KEY_NAMES = { ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };

/**
 * Reads keys one by one.
 * @param {readonly Shortcut[]} shortcuts
 * @returns {(key: string, where: Where, now: number) => Shortcut | null}  the shortcut that this key completes
 */
export function createReader(shortcuts) {
  /** @type {string[]} */
  let pressed = [];
  let last = -Infinity;

  return (key, where, now) => {
    pressed = now - last > PAUSE_MS ? [key] : [...pressed, key];
    last = now;
    const here = shortcuts.filter((one) => one.where === where || one.where === "anywhere");
    const isBegun = () => here.some(({ keys }) => pressed.every((one, index) => one === keys[index]));
    if (!isBegun()) pressed = [key];
    const found = here.find(({ keys }) => keys.join() === pressed.join()) ?? null;
    if (found !== null || !isBegun()) pressed = [];
    return found;
  };
}
