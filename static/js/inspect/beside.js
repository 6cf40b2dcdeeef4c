/** The choice of an episode to stand beside the opened one. */

import { byId, element, setAttribute, setText } from "../dom.js";
import { counted } from "../format.js";
import { metricText } from "../metrics.js";
import { setAvailable } from "../unavailable.js";
import { episodeAfter } from "./kinds.js";

/** @typedef {import("../reducer.js").Opened} Opened */

const WAYS = { "beside-previous": -1, "beside-next": 1 };

/**
 * @param {{ state: import("../reducer.js").State }} store
 * @param {(opened: Opened) => void} onOpen  asks for the two of them, or for the one alone
 */
export function createBeside(store, onOpen) {
  const field = byId("inspector-beside");
  let shown = "";

  field.addEventListener("focus", () => byId("beside-episodes").replaceChildren(...store.state.episodes.map(createOption)));
  field.addEventListener("input", () => refuse(""));
  field.addEventListener("change", () => {
    const { opened, run } = store.state;
    if (opened === null) return;
    const refusal = refusalOf(field.value.trim(), run?.episodes ?? 0);
    refuse(refusal);
    if (refusal === "") onOpen(withBeside(opened, field.value.trim()));
  });
  for (const [id, way] of Object.entries(WAYS)) {
    byId(id).addEventListener("click", () => {
      const { opened, run } = store.state;
      const other = opened && besideAfter(opened, /** @type {1 | -1} */ (way), run?.episodes ?? 0);
      if (opened && other) onOpen(withBeside(opened, String(other)));
    });
  }

  /** @param {string} message  why it is not shown; empty where it is */
  function refuse(message) {
    setText(byId("inspector-beside-error"), message);
    setAttribute(field, "aria-invalid", message ? "true" : null);
  }

  return {
    refuse,
    /**
     * The field is written only when what it says has changed: somebody may be typing in it.
     * @param {import("../reducer.js").State} state
     */
    render({ opened, run }) {
      const { kind, beside } = /** @type {Opened} */ (opened);
      byId("beside-tools").hidden = kind !== "episode";
      for (const [id, way] of Object.entries(WAYS)) {
        const other = besideAfter(/** @type {Opened} */ (opened), /** @type {1 | -1} */ (way), run?.episodes ?? 0);
        setAvailable(byId(id), other !== null);
      }
      const text = String(beside ?? "");
      if (shown === text) return;
      shown = text;
      field.value = text;
      refuse("");
    },
  };
}

/**
 * The episode that stands beside after a step; with none there yet, the neighbour of the opened one.
 * @param {Opened} opened
 * @param {1 | -1} way
 * @param {number} episodes  of the run
 * @returns {number | null}
 */
export function besideAfter({ number, beside = number }, way, episodes) {
  return episodeAfter(beside, way, episodes, number);
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

function createOption({ episode, reward }) {
  return element("option", { value: episode }, `reward ${metricText("reward", reward)}`);
}
