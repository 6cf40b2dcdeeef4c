/** How runs' settings differ: one from the defaults, or several from each other. Knows no DOM. */

import { plain } from "../format.js";
import { namesOf, settingText, valueText } from "../parameters.js";

/**
 * @typedef {import("../parameters.js").Parameter} Parameter
 * @typedef {{ episode: number, value: unknown }[]} Course  a setting's values in turn, each from its episode on
 * @typedef {{ parameter: Parameter, texts: string[], values: unknown[], newest: unknown[] }} DifferingRow
 *   `values` are equal where the settings were alike all the time; `newest` are those in force
 */

const OWN_COLUMN = "seed"; // the table shows it anyway

/**
 * What was not at its default all the time, the parameters in sight first: "Hidden units 16".
 * @param {Record<string, any>} settings  as `settingsOf` gives them
 * @param {Parameter[]} parameters
 * @returns {string[]}
 */
export function highlights(settings, parameters) {
  const changed = changedIn(settings, parameters).filter(({ name }) => name !== OWN_COLUMN);
  const inSight = changed.filter(({ primary }) => primary);
  const others = changed.filter(({ primary }) => !primary);
  return [...inSight, ...others].map((parameter) => highlight(parameter, settings[parameter.name]));
}

/**
 * All that the settings are called which were not at their defaults all the time, to be searched.
 * @param {Record<string, any>} settings  as `settingsOf` gives them
 * @param {Parameter[]} parameters
 * @returns {string}
 */
export function changedNames(settings, parameters) {
  return changedIn(settings, parameters).map(namesOf).join("\n");
}

/**
 * The settings that a run had: those of its start, and instead of each that was changed while it ran its whole course.
 * @param {{ config: Record<string, any>, changes?: { episode: number, after: Record<string, unknown> }[] }} run
 * @returns {Record<string, any>}
 */
export function settingsOf({ config, changes = [] }) {
  const settings = { ...config };
  for (const { episode, after } of changes) {
    for (const [name, value] of Object.entries(after)) settings[name] = changedTo(courseOf(settings[name]), episode, value);
  }
  return settings;
}

/**
 * The settings in which these runs are not all alike, in the form's order.
 * @param {Record<string, any>[]} settings  of each run, as `settingsOf` gives them
 * @param {Parameter[]} parameters
 * @returns {DifferingRow[]}
 */
export function differences(settings, parameters) {
  return parameters
    .map((parameter) => {
      const courses = settings.map((own) => courseOf(own[parameter.name]));
      const newest = courses.map((course) => course[course.length - 1].value);
      const texts = courses.map((course) => courseText(parameter, course));
      const values = courses.map((course, index) => (course.length > 1 ? texts[index] : newest[index]));
      return { parameter, texts, values, newest };
    })
    .filter(({ values }) => values.some((value) => value !== values[0]));
}

/**
 * @param {any} setting  a value, or several in turn
 * @returns {Course}
 */
function courseOf(setting) {
  return Array.isArray(setting) ? setting : [{ episode: 1, value: setting ?? null }];
}

/** A change to what was there already is none, and of several before one episode the last counts. */
function changedTo(course, episode, value) {
  const before = course.filter((part, index) => index === 0 || part.episode < episode);
  const next = before[before.length - 1].value === value ? before : [...before, { episode, value }];
  return next.length > 1 ? next : next[0].value;
}

/** "0.0003, from episode 5 on 0.001". */
function courseText(parameter, [first, ...later]) {
  const changed = later.map(({ episode, value }) => `from episode ${plain(episode)} on ${valueText(parameter, value)}`);
  return [valueText(parameter, first.value), ...changed].join(", ");
}

function highlight(parameter, setting) {
  if (Array.isArray(setting)) return `${parameter.label} ${courseText(parameter, setting)}`;
  return parameter.choices.length > 0 ? valueText(parameter, setting) : settingText(parameter, setting);
}

function changedIn(settings, parameters) {
  return parameters.filter(({ name, default: usual }) => name in settings && settings[name] !== usual);
}
