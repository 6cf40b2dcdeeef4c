/** The choice of an episode to stand beside the opened one. */

import { byId, setAttribute, setText } from "../dom.js";
import { counted } from "../format.js";

/** @typedef {import("../reducer.js").Opened} Opened */

/**
 * @param {{ state: import("../reducer.js").State }} store
 * @param {(opened: Opened) => void} onOpen  asks for the two of them, or for the one alone
 * @returns {(opened: Opened) => void} the view
 */
export function createBeside(store, onOpen) {
  const field = byId("inspector-beside");
  let shown = "";

  field.addEventListener("input", () => refuse(""));
  field.addEventListener("change", () => {
    const { opened, run } = store.state;
    if (opened === null) return;
    const refusal = refusalOf(field.value.trim(), run?.episodes ?? 0);
    refuse(refusal);
    if (refusal === "") onOpen(withBeside(opened, field.value.trim()));
  });

  function refuse(/** @type {string} */ message) {
    setText(byId("inspector-beside-error"), message);
    setAttribute(field, "aria-invalid", message ? "true" : null);
  }

  /** The field is written only when what it says has changed: somebody may be typing in it. */
  return ({ kind, beside }) => {
    byId("beside-tools").hidden = kind !== "episode";
    const text = String(beside ?? "");
    if (shown === text) return;
    shown = text;
    field.value = text;
    refuse("");
  };
}

/**
 * Why no episode of this number can be shown; empty where one can, or none is wanted.
 * @param {string} text
 * @param {number} episodes  of the run
 * @returns {string}
 */
export function refusalOf(text, episodes) {
  const isThere = /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= episodes;
  return text === "" || isThere ? "" : `There is no episode ${text}: this run has ${counted(episodes, "episode")}.`;
}

/** @returns {Opened} */
function withBeside({ kind, number }, text) {
  return text === "" || Number(text) === number ? { kind, number } : { kind, number, beside: Number(text) };
}
