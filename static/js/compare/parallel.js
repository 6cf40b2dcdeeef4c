/** Parameters against results: an axis for each, a line for each run through its values. Knows no DOM. */

import { valueText } from "../parameters.js";
import { differences } from "../runs/settings.js";

const RATIO_OF_LOG = 50; // positive settings that spread wider lie on a logarithmic axis

/**
 * @typedef {object} ParallelAxis
 * @property {string} label
 * @property {(number | null)[]} places  from 0 to 1, of each run; null where it has no value
 * @property {string[]} texts            the values in words
 * @property {{ place: number, text: string }[]} ticks
 */

/**
 * An axis for each parameter in which the runs differ, then one for each result. A run whose setting was changed while it
 * ran lies at the newest value.
 * @param {Record<string, any>[]} runSettings  of each run, as `settingsOf` gives them
 * @param {any[]} parameters
 * @param {{ label: string, values: (number | null)[], text: (value: number | null) => string }[]} results
 * @returns {ParallelAxis[]}
 */
export function parallelAxes(runSettings, parameters, results) {
  const settings = differences(runSettings, parameters).map(({ parameter, newest, texts }) => {
    const isNumber = newest.every((value) => typeof value === "number");
    if (!isNumber) return { label: parameter.label, texts, ...onNames(texts) };
    const isLog = Math.min(...newest) > 0 && Math.max(...newest) / Math.min(...newest) > RATIO_OF_LOG;
    const axis = onNumbers(newest, (value) => valueText(parameter, value), isLog);
    return { label: isLog ? `${parameter.label} (log)` : parameter.label, texts, ...axis };
  });
  const reached = results.map(({ label, values, text }) => ({ label, texts: values.map(text), ...onNumbers(values, text) }));
  return [...settings, ...reached];
}

/** Places of numbers, their ends marked. */
function onNumbers(values, text, isLog = false) {
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (known.length === 0) return { places: values.map(() => null), ticks: [] };
  const scale = isLog ? Math.log : (/** @type {number} */ value) => value;
  const place = (/** @type {number} */ value) =>
    high === low ? 0.5 : (scale(value) - scale(low)) / (scale(high) - scale(low));
  const ends = high === low ? [low] : [low, high];
  return {
    places: values.map((value) => (value === null ? null : place(value))),
    ticks: ends.map((end) => ({ place: place(end), text: text(end) })),
  };
}

/** Places of names, evenly and in the order of the alphabet. */
function onNames(texts) {
  const names = [...new Set(texts)].sort();
  const place = (/** @type {string} */ name) => (names.length === 1 ? 0.5 : names.indexOf(name) / (names.length - 1));
  return { places: texts.map(place), ticks: names.map((name) => ({ place: place(name), text: name })) };
}
