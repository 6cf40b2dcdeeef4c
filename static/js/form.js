/** The settings of the next run, made from the catalog: the primary ones in sight, the rest folded by section. */

import { byId, element, setText } from "./dom.js";
import { keepDraft, readDraft } from "./draft.js";
import { createField, isChanged, isUsable } from "./field.js";
import { createPresets } from "./form_presets.js";
import { createFormSearch } from "./form_search.js";
import { counted } from "./format.js";
import { labelsOf } from "./parameters.js";

const OF_THE_SOURCE = new Set(["dataset", "data_file"]); // shown with the bars themselves

/**
 * @param {HTMLFormElement} form
 * @param {object} handlers
 * @param {(config: Record<string, unknown>) => void} handlers.onSubmit
 * @param {(config: Record<string, any>, unusable: string[], labels: Record<string, string>) => void} handlers.onDataChange
 *   called with the settings of the data when one of them has been changed, the labels of those that cannot be used, and
 *   the labels of all
 */
export function createForm(form, { onSubmit, onDataChange }) {
  /** @type {import("./field.js").Field[]} */
  let fields = [];
  /** @type {{ name: string, title: string }[]} */
  let titles = [];
  const search = createFormSearch(() => fields, titleOf);
  const presets = createPresets(write, () => read(fields));

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (fields.length > 0) onSubmit(read(fields));
  });
  form.addEventListener("input", changed);
  form.addEventListener("input", ({ target }) => {
    if (fields.some(({ input }) => input === target)) presets.clear();
  });
  form.addEventListener("change", ({ target }) => {
    if (ofData().some(({ input }) => input === target)) tellData();
  });
  byId("reset-settings").addEventListener("click", () => fill({}));

  /**
   * The form of this catalog, filled as it was before the page was loaded again.
   * @param {{ parameters: import("./field.js").Parameter[], presets: import("./form_presets.js").Preset[],
   *   sections: { name: string, title: string }[] } | null} catalog
   */
  function build(catalog) {
    fields = (catalog?.parameters ?? []).map((parameter) => createField(parameter));
    titles = catalog?.sections ?? [];
    const source = fields.filter(({ parameter }) => OF_THE_SOURCE.has(parameter.name));
    const primary = fields.filter((field) => field.parameter.primary && !source.includes(field));
    byId("form-source").replaceChildren(...source.map(({ row }) => row));
    byId("form-primary").replaceChildren(...primary.map(({ row }) => row));
    byId("form-sections").replaceChildren(...sections());
    byId("form-loading").hidden = fields.length > 0;
    presets.build(catalog?.presets ?? []);
    search.apply();
    if (fields.length > 0) write(readDraft().config ?? {});
  }

  function titleOf(/** @type {string} */ section) {
    return titles.find(({ name }) => name === section)?.title ?? section;
  }

  function sections() {
    const folded = fields.filter(({ parameter }) => !parameter.primary && !OF_THE_SOURCE.has(parameter.name));
    return [...new Set(folded.map(({ parameter }) => parameter.section))].map((section) => {
      const own = folded.filter(({ parameter }) => parameter.section === section);
      const title = element("span", {}, titleOf(section));
      const summary = element(
        "summary",
        {},
        title,
        element("span", { class: "changed-count", "data-section": section }),
      );
      return element("details", { class: "section" }, summary, ...own.map(({ row }) => row));
    });
  }

  function changed() {
    keepDraft({ config: read(fields) });
    summarise();
  }

  /** Shows how many settings differ from their defaults: in each folded section, and in all. */
  function summarise() {
    const others = fields.filter(isChanged);
    for (const node of byId("form-sections").querySelectorAll(".changed-count")) {
      const inside = others.filter(({ row }) => node.closest("details").contains(row)).length;
      setText(node, inside > 0 ? `${inside} changed` : "");
    }
    setText(
      byId("changed-total"),
      others.length > 0 ? `${counted(others.length, "setting")} changed` : "All defaults",
    );
    byId("reset-settings").disabled = others.length === 0;
  }

  function ofData() {
    return fields.filter(({ parameter }) => parameter.section === "data");
  }

  function tellData() {
    const unusable = ofData().filter(({ parameter, read: value }) => !isUsable(parameter, value()));
    onDataChange(
      read(ofData()),
      unusable.map(({ parameter }) => parameter.label),
      labels(),
    );
  }

  function labels() {
    return labelsOf(fields.map(({ parameter }) => parameter));
  }

  /** Writes these values, which are no preset's. */
  function fill(/** @type {Record<string, unknown>} */ config) {
    presets.clear();
    write(config);
  }

  /** Writes these values, and the default where there is none. */
  function write(/** @type {Record<string, unknown>} */ config) {
    for (const field of fields) field.write(config[field.parameter.name] ?? field.parameter.default);
    changed();
    tellData();
  }

  /** Locks the fields that the next run cannot have otherwise: in a fork, all but those that the catalog names. */
  function restrict(/** @type {boolean} */ isFork) {
    for (const field of fields) field.lock(isFork && !field.parameter.forkable);
    presets.lock(isFork);
    byId("upload-file").disabled = isFork;
  }

  /**
   * Shows each problem at its field, opens what is folded and goes to the first.
   * @param {{ field: string, message: string }[]} problems
   * @returns {string[]} those that belong to no field of this form, with their labels
   */
  function showProblems(problems) {
    for (const field of fields) field.fail(messageFor(field, problems));
    const failed = fields.filter((field) => messageFor(field, problems) !== "");
    if (failed.length > 0) search.clear();
    for (const { row } of failed) row.closest("details")?.setAttribute("open", "");
    failed[0]?.input.focus();
    const seen = fields.filter(({ row }) => !row.hidden);
    return problems
      .filter((problem) => !seen.some(({ parameter }) => parameter.name === problem.field))
      .map(({ field, message }) => `${labels()[field] ?? field}: ${message}`);
  }

  return { build, fill, restrict, showProblems };
}

function read(/** @type {import("./field.js").Field[]} */ fields) {
  return Object.fromEntries(fields.map(({ parameter, read: value }) => [parameter.name, value()]));
}

function messageFor({ parameter }, problems) {
  return problems
    .filter(({ field }) => field === parameter.name)
    .map(({ message }) => message)
    .join(" ");
}
