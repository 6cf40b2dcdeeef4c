/** The choice of a preset, which fills the form. */

import { byId, element, setText } from "./dom.js";

/** @typedef {{ name: string, help: string, config: Record<string, unknown> }} Preset */

/**
 * @param {(config: Record<string, unknown>) => void} fill
 */
export function createPresets(fill) {
  const select = byId("preset");
  /** @type {Preset[]} */
  let presets = [];

  select.addEventListener("change", () => {
    const preset = presets.find(({ name }) => name === select.value);
    if (preset) fill(preset.config);
    setText(byId("preset-help"), preset?.help ?? "");
  });

  return {
    build(/** @type {Preset[]} */ known) {
      presets = known;
      const options = known.map(({ name, help }) =>
        element("option", { value: name, title: help }, name.replaceAll("_", " ")),
      );
      select.replaceChildren(element("option", { value: "" }, "choose…"), ...options);
    },
    /** The settings are no longer those of a preset. */
    clear() {
      select.value = "";
      setText(byId("preset-help"), "");
    },
  };
}
