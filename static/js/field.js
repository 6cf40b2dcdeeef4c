/** One parameter of the form: label, input, unit, help, bounds, its mark when changed, and its error. */

import { element, setAttribute, setMessage, setText } from "./dom.js";
import { plain, spaced } from "./format.js";
import { unitOf, valueText } from "./parameters.js";

/**
 * @typedef {import("./parameters.js").Parameter} Parameter
 * @typedef {object} Field
 * @property {Parameter} parameter
 * @property {string} before  what its `default` is called
 * @property {HTMLElement} row
 * @property {any} input
 * @property {() => unknown} read
 * @property {(value: unknown) => void} write
 * @property {(message: string) => void} fail  an empty message clears it
 * @property {(isLocked: boolean) => void} lock  its value stays as it is
 */

/** How each kind of parameter is shown, read and written. */
const KINDS = {
  choice: { make: makeSelect, read: (input) => input.value, write: writeValue },
  boolean: {
    make: () => element("input", { type: "checkbox" }),
    read: (input) => input.checked,
    write: (input, value) => (input.checked = Boolean(value)),
  },
  number: {
    make: ({ type, nullable }) =>
      element("input", {
        type: "text",
        inputmode: type === "integer" ? "numeric" : "decimal",
        autocomplete: "off",
        spellcheck: "false",
        placeholder: nullable ? "automatic" : null,
      }),
    read: (input) => readNumber(input.value),
    write: writeValue,
  },
  text: {
    make: () => element("input", { type: "text", autocomplete: "off", spellcheck: "false" }),
    read: (input) => input.value.trim(),
    write: writeValue,
  },
  hidden: { make: () => element("input", { type: "hidden" }), read: (input) => input.value, write: writeValue },
};
const GROUPED = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/;
const WRITTEN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i; // as people do: JavaScript knows hexadecimal too
const KIND_OF_TYPE = { string: "text", boolean: "boolean", integer: "number", number: "number" };
const KIND_OF_NAME = { data_file: "hidden" }; // written by an upload, never typed

/**
 * @param {Parameter} parameter
 * @param {object} [options]
 * @param {string} [options.prefix]  of its ids: one page may have several fields for a parameter
 * @param {string} [options.before]  what the value that it begins with is called
 * @returns {Field}
 */
export function createField(parameter, { prefix = "parameter", before = "Default" } = {}) {
  const kindName = kindOf(parameter);
  const kind = KINDS[kindName];
  const input = kind.make(parameter);
  const id = `${prefix}-${parameter.name}`;
  const help = element("p", { class: "field-help", id: `${id}-help` });
  const error = element("p", { class: "field-error", id: `${id}-error`, hidden: true });
  setAttribute(input, "id", id);
  setAttribute(input, "name", parameter.name);
  setAttribute(input, "aria-describedby", `${id}-help ${id}-error`);
  const row = element(
    "div",
    { class: "field", "data-kind": kindName, hidden: kindName === "hidden" },
    label(id, parameter),
    input,
    help,
    error,
  );

  const field = {
    parameter,
    before,
    row,
    input,
    read: () => kind.read(input),
    write(value) {
      kind.write(input, value);
      field.fail("");
      refresh(field, help);
    },
    lock(isLocked) {
      input.disabled = isLocked;
      setAttribute(row, "data-locked", isLocked);
    },
    fail(message) {
      setMessage(error, message);
      setAttribute(input, "aria-invalid", message ? "true" : null);
    },
  };
  input.addEventListener("input", () => {
    field.fail("");
    refresh(field, help);
  });
  field.write(parameter.default);
  return field;
}

/**
 * @param {Field} field
 * @returns {boolean}
 */
export function isChanged(field) {
  return field.read() !== field.parameter.default;
}

/**
 * Whether the value is within the parameter's own bounds; what belongs together only the server knows.
 * @param {Parameter} parameter
 * @param {unknown} value
 * @returns {boolean}
 */
export function isUsable(parameter, value) {
  if (KIND_OF_TYPE[parameter.type] !== "number") return true;
  if (value === null) return Boolean(parameter.nullable);
  if (typeof value !== "number" || (parameter.type === "integer" && !Number.isInteger(value))) return false;
  const { minimum, maximum, exclusive_minimum: above, exclusive_maximum: below } = parameter;
  return (
    value >= (minimum ?? -Infinity) &&
    value <= (maximum ?? Infinity) &&
    value > (above ?? -Infinity) &&
    value < (below ?? Infinity)
  );
}

/**
 * The allowed range in words: "0 – 1,000", "above 0, at most 0.1"; empty when there is none.
 * @param {Parameter} parameter
 * @returns {string}
 */
export function bounds({ minimum, maximum, exclusive_minimum: above, exclusive_maximum: below }) {
  const isKnown = (/** @type {any} */ bound) => bound !== null && bound !== undefined;
  if (isKnown(minimum) && isKnown(maximum)) return `${plain(minimum)}\u00a0–\u2060\u00a0${plain(maximum)}`;
  const lower = isKnown(above) ? `above ${plain(above)}` : isKnown(minimum) ? `at least ${plain(minimum)}` : "";
  const upper = isKnown(below) ? `below ${plain(below)}` : isKnown(maximum) ? `at most ${plain(maximum)}` : "";
  return [lower, upper].filter(Boolean).join(", ");
}

function kindOf({ name, type, choices }) {
  return KIND_OF_NAME[name] ?? (choices.length > 0 ? "choice" : KIND_OF_TYPE[type]);
}

function label(id, parameter) {
  const unit = unitOf(parameter);
  const name = element("span", { class: "field-name" }, parameter.label);
  return element("label", { class: "field-label", for: id }, name, unit ? element("span", { class: "field-unit" }, unit) : null);
}

function refresh(field, help) {
  const { parameter, before } = field;
  setAttribute(field.row, "data-changed", isChanged(field));
  const choice = parameter.choices.find(({ name }) => name === field.input.value);
  const range = bounds(parameter);
  const parts = [choice ? choice.help : parameter.help, range && `Range:\u00a0${range}.`];
  if (isChanged(field)) parts.push(`${before}: ${valueText(parameter, parameter.default)}.`);
  setText(help, parts.filter(Boolean).join(" "));
}

function makeSelect({ choices }) {
  const options = choices.map(({ name, help }) =>
    element("option", { value: name, title: help }, spaced(name)),
  );
  return element("select", {}, ...options);
}

function writeValue(input, value) {
  input.value = value === null ? "" : String(value);
}

/**
 * The number that somebody typed, perhaps with grouped thousands as the help has them; null where there is none. Text
 * that is no number is sent as it is, so that the answer can name what was found.
 * @param {string} text
 * @returns {number | string | null}
 */
export function readNumber(text) {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  const written = GROUPED.test(trimmed) ? trimmed.replaceAll(",", "") : trimmed;
  const value = WRITTEN.test(written) ? Number(written) : NaN;
  return Number.isFinite(value) ? value : trimmed;
}
