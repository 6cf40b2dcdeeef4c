/** How runs' settings differ: one from the defaults, or several from each other. Knows no DOM. */

import { namesOf, settingText, valueText } from "../parameters.js";

/**
 * @typedef {import("../parameters.js").Parameter} Parameter
 * @typedef {{ parameter: Parameter, texts: string[], values: unknown[] }} DifferingRow
 */

const OWN_COLUMN = "seed"; // the table shows it anyway

/**
 * What is not at its default, the parameters in sight first: "Hidden units 16".
 * @param {Record<string, any>} config
 * @param {Parameter[]} parameters
 * @returns {string[]}
 */
export function highlights(config, parameters) {
  const changed = changedIn(config, parameters).filter(({ name }) => name !== OWN_COLUMN);
  const inSight = changed.filter(({ primary }) => primary);
  const others = changed.filter(({ primary }) => !primary);
  return [...inSight, ...others].map((parameter) => {
    const value = config[parameter.name];
    return parameter.choices.length > 0 ? valueText(parameter, value) : settingText(parameter, value);
  });
}

/**
 * All that the settings are called which are not at their defaults, to be searched.
 * @param {Record<string, any>} config
 * @param {Parameter[]} parameters
 * @returns {string}
 */
export function changedNames(config, parameters) {
  return changedIn(config, parameters).map(namesOf).join("\n");
}

/**
 * The settings in which these runs are not all alike, in the form's order.
 * @param {Record<string, any>[]} configs
 * @param {Parameter[]} parameters
 * @returns {DifferingRow[]}
 */
export function differences(configs, parameters) {
  return parameters
    .map((parameter) => ({ parameter, values: configs.map((config) => config[parameter.name] ?? null) }))
    .filter(({ values }) => values.some((value) => value !== values[0]))
    .map((row) => ({ ...row, texts: row.values.map((value) => valueText(row.parameter, value)) }));
}

function changedIn(config, parameters) {
  return parameters.filter(({ name, default: usual }) => name in config && config[name] !== usual);
}
