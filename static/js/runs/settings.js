/** How runs' settings differ: one from the defaults, or several from each other. Knows no DOM. */

import { settingText } from "../format.js";

/**
 * @typedef {import("../field.js").Parameter} Parameter
 * @typedef {{ parameter: Parameter, texts: string[], values: unknown[] }} DifferingRow
 */

const OWN_COLUMN = "seed"; // the table shows it anyway

/**
 * What is not at its default, the parameters in sight first: "hidden units 16".
 * @param {Record<string, any>} config
 * @param {Parameter[]} parameters
 * @returns {string[]}
 */
export function highlights(config, parameters) {
  const changed = parameters.filter(
    ({ name, default: usual }) => name !== OWN_COLUMN && name in config && config[name] !== usual,
  );
  const inSight = changed.filter(({ primary }) => primary);
  const others = changed.filter(({ primary }) => !primary);
  return [...inSight, ...others].map(({ name, choices }) => {
    const text = settingText(config[name]);
    return choices.length > 0 ? text : `${name.replaceAll("_", " ")} ${text}`;
  });
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
    .map((row) => ({ ...row, texts: row.values.map(settingText) }));
}
