/** The settings of the next run, made from the catalog: the primary ones in sight, the rest folded by section. */

import { byId, element, setText } from "./dom.js";
import { createField, isChanged } from "./field.js";
import { counted } from "./format.js";

const SECTION_TITLES = { data: "Data", loop: "Training loop", environment: "Environment and costs", agent: "Agent" };

/**
 * @param {HTMLFormElement} form
 * @param {(config: Record<string, unknown>) => void} onSubmit
 */
export function createForm(form, onSubmit) {
  /** @type {import("./field.js").Field[]} */
  let fields = [];

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (fields.length > 0) onSubmit(read());
  });
  form.addEventListener("input", summarise);
  byId("reset-settings").addEventListener("click", () => fill({}));

  /** @param {import("./field.js").Parameter[]} parameters */
  function build(parameters) {
    fields = parameters.map(createField);
    const primary = fields.filter(({ parameter }) => parameter.primary);
    byId("form-primary").replaceChildren(...primary.map(({ row }) => row));
    byId("form-sections").replaceChildren(...sections());
    byId("form-loading").hidden = true;
    summarise();
  }

  function sections() {
    const folded = fields.filter(({ parameter }) => !parameter.primary);
    return [...new Set(folded.map(({ parameter }) => parameter.section))].map((section) => {
      const own = folded.filter(({ parameter }) => parameter.section === section);
      const title = element("span", {}, SECTION_TITLES[section] ?? section);
      const summary = element(
        "summary",
        {},
        title,
        element("span", { class: "changed-count", "data-section": section }),
      );
      return element("details", { class: "section" }, summary, ...own.map(({ row }) => row));
    });
  }

  /** Shows how many settings differ from their defaults: in each folded section, and in all. */
  function summarise() {
    const changed = fields.filter(isChanged);
    for (const node of byId("form-sections").querySelectorAll(".changed-count")) {
      const inside = changed.filter(({ row }) => node.closest("details").contains(row)).length;
      setText(node, inside > 0 ? `${inside} changed` : "");
    }
    setText(
      byId("changed-total"),
      changed.length > 0 ? `${counted(changed.length, "setting")} changed` : "All defaults",
    );
    byId("reset-settings").disabled = changed.length === 0;
  }

  function read() {
    return Object.fromEntries(fields.map(({ parameter, read: value }) => [parameter.name, value()]));
  }

  /** Writes these values, and the default where there is none. */
  function fill(/** @type {Record<string, unknown>} */ config) {
    for (const field of fields) field.write(config[field.parameter.name] ?? field.parameter.default);
    summarise();
  }

  /**
   * Shows each problem at its field, opens what is folded and goes to the first.
   * @param {{ field: string, message: string }[]} problems
   * @returns {{ field: string, message: string }[]} those that belong to no field of this form
   */
  function showProblems(problems) {
    for (const field of fields) field.fail(messageFor(field, problems));
    const failed = fields.filter((field) => messageFor(field, problems) !== "");
    for (const { row } of failed) row.closest("details")?.setAttribute("open", "");
    failed[0]?.input.focus();
    return problems.filter((problem) => !fields.some(({ parameter }) => parameter.name === problem.field));
  }

  return { build, fill, showProblems };
}

function messageFor({ parameter }, problems) {
  return problems
    .filter(({ field }) => field === parameter.name)
    .map(({ message }) => message)
    .join(" ");
}
