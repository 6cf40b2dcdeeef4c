/** Finds settings by words of their label, their name, the title of their section or their help. */

import { byId, setAttribute, setText } from "./dom.js";
import { counted, spaced } from "./format.js";
import { namesOf } from "./parameters.js";

/**
 * @param {() => import("./field.js").Field[]} fields  of the form as it is
 * @param {(section: string) => string} titleOf
 */
export function createFormSearch(fields, titleOf) {
  const input = byId("find-setting");
  /** @type {Map<Element, boolean> | null} */
  let opened = null; // what was unfolded before somebody searched

  function apply() {
    const wanted = words(input.value);
    const sections = [...byId("form-sections").querySelectorAll("details")];
    if (wanted.length > 0) opened ??= new Map(sections.map((section) => [section, section.open]));
    for (const { parameter, row } of fields()) {
      setAttribute(row, "data-unfound", !matches(parameter, wanted, titleOf(parameter.section)));
    }
    for (const section of sections) {
      const hasFound = section.querySelector(".field:not([data-unfound], [hidden])") !== null;
      setAttribute(section, "data-unfound", !hasFound);
      if (wanted.length > 0) section.open = hasFound;
      else if (opened !== null) section.open = opened.get(section) ?? false;
    }
    if (wanted.length === 0) opened = null;
    setAttribute(byId("data-panel"), "data-unfound", wanted.length > 0);
    const found = fields().filter(({ row }) => !row.hidden && !row.hasAttribute("data-unfound")).length;
    setText(byId("found-settings"), wanted.length === 0 ? "" : `${counted(found, "setting")} found`);
  }

  input.addEventListener("input", apply);

  return {
    apply,
    /** Shows all settings again. */
    clear() {
      if (input.value === "") return;
      input.value = "";
      apply();
    },
  };
}

/**
 * Whether a parameter has every one of these words.
 * @param {{ name: string, label: string, help: string, choices?: { name: string, help: string }[] }} parameter
 * @param {string[]} wanted  in lower case
 * @param {string} title  of its section
 * @returns {boolean}
 */
export function matches({ name, label, help, choices = [] }, wanted, title) {
  const options = choices.flatMap((choice) => [spaced(choice.name), choice.help]);
  const text = [namesOf({ name, label }), help, title, ...options].join(" ").toLowerCase();
  return wanted.every((word) => text.includes(word));
}

/**
 * @param {string} text
 * @returns {string[]}
 */
export function words(text) {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}
