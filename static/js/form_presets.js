/** The choice of a preset, which fills the form. */

import { byId, element, setText } from "./dom.js";
import { spaced } from "./format.js";

/** @typedef {{ name: string, help: string, config: Record<string, unknown> }} Preset */

/**
 * @param {(config: Record<string, unknown>) => void} fill
 * @param {() => Record<string, unknown>} current  the settings as they are
 */
export function createPresets(fill, current) {
  const select = byId("preset");
  const undo = byId("preset-undo");
  /** @type {Record<string, unknown>} what the form held before presets were chosen */
  let before = {};
  /** @type {Preset[]} */
  let presets = [];

  select.addEventListener("change", () => {
    const preset = presets.find(({ name }) => name === select.value);
    if (undo.hidden) before = current();
    if (preset) fill(preset.config);
    undo.hidden = false;
    setText(byId("preset-help"), preset?.help ?? "");
  });
  undo.addEventListener("click", () => {
    clear();
    fill(before);
    select.focus();
  });

  /** The settings are no longer those of a preset. */
  function clear() {
    select.value = "";
    undo.hidden = true;
    setText(byId("preset-help"), "");
  }

  return {
    build(/** @type {Preset[]} */ known) {
      presets = known;
      const options = known.map(({ name, help }) =>
        element("option", { value: name, title: help }, spaced(name)),
      );
      select.replaceChildren(element("option", { value: "" }, "choose…"), ...options);
    },
    clear,
    /** A checkpoint fixes most of what a preset would set. */
    lock: (/** @type {boolean} */ isLocked) => void (select.disabled = isLocked),
  };
}
