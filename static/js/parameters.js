/** Parameters and their values in words, with the label and the unit that the form has. Knows no DOM and no state. */

import { plain, spaced } from "./format.js";

/** @typedef {Record<string, any> & { name: string, label: string, unit: string, type: string }} Parameter */

/**
 * The unit beside the label; empty where the label says it: "Hidden layers" need no "layers".
 * @param {Pick<Parameter, "label" | "unit">} parameter
 * @returns {string}
 */
export function unitOf({ label, unit = "" }) {
  return label.toLowerCase().includes(unit.toLowerCase().replace("/", " per ")) ? "" : unit;
}

/**
 * A value without a unit: "30,000", "on", "random actions", "automatic" where none is set.
 * @param {unknown} value
 * @returns {string}
 */
export function plainText(value) {
  if (value === null || value === undefined) return "automatic";
  if (value === "") return "empty";
  if (typeof value === "boolean") return value ? "on" : "off";
  return typeof value === "number" ? plain(value) : spaced(String(value));
}

/**
 * A value with its unit: "5 bp", "1 episode", "random actions".
 * @param {Pick<Parameter, "label" | "unit">} parameter
 * @param {unknown} value
 * @returns {string}
 */
export function valueText(parameter, value) {
  if (typeof value !== "number") return plainText(value);
  const unit = unitOf(parameter);
  return [plainText(value), value === 1 ? unit.replace(/s$/, "") : unit].filter(Boolean).join(" ");
}

/**
 * "Fee 5 bp".
 * @param {Pick<Parameter, "label" | "unit">} parameter
 * @param {unknown} value
 * @returns {string}
 */
export function settingText(parameter, value) {
  return `${parameter.label} ${valueText(parameter, value)}`;
}

/**
 * "Fee 2 bp → 5 bp".
 * @param {Pick<Parameter, "label" | "unit">} parameter
 * @param {unknown} before
 * @param {unknown} after
 * @returns {string}
 */
export function changeText(parameter, before, after) {
  return `${settingText(parameter, before)} → ${valueText(parameter, after)}`;
}

/**
 * The parameter of this name; one that the catalog does not know is called by its name.
 * @param {Parameter[]} parameters
 * @param {string} name
 * @returns {Pick<Parameter, "name" | "label" | "unit">}
 */
export function named(parameters, name) {
  return parameters.find((parameter) => parameter.name === name) ?? { name, label: spaced(name), unit: "" };
}

/**
 * What each parameter is called on the page, by name.
 * @param {Pick<Parameter, "name" | "label">[]} parameters
 * @returns {Record<string, string>}
 */
export function labelsOf(parameters) {
  return Object.fromEntries(parameters.map(({ name, label }) => [name, label]));
}

/**
 * A text of the server's, which calls parameters and choices by `name`, with what they are called on the page.
 * @param {string} text
 * @param {Record<string, string>} labels
 * @returns {string}
 */
export function inWords(text, labels) {
  return text.replace(/`(\w+)`/g, (_, name) => `“${labels[name] ?? spaced(name)}”`);
}

/**
 * The catalog with the help of parameters and of their choices in words.
 * @param {any} catalog
 */
export function withHelpInWords(catalog) {
  const labels = labelsOf(catalog.parameters);
  const reworded = (/** @type {any} */ one) => ({ ...one, help: inWords(one.help, labels) });
  const parameters = catalog.parameters.map((parameter) => ({ ...reworded(parameter), choices: parameter.choices.map(reworded) }));
  return { ...catalog, parameters };
}

/**
 * All that a parameter is called, to be searched: label, name with and without underscores.
 * @param {Pick<Parameter, "name" | "label">} parameter
 * @returns {string}
 */
export function namesOf({ name, label }) {
  return `${label} ${name} ${spaced(name)}`;
}
