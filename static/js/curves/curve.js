/**
 * Curves as plain columns, from records, from the server, or both joined. A metric's key is its name; one of the
 * validation window has "validation." in front. Knows no DOM and no network.
 */

import { number } from "../format.js";
import { isCutShort } from "../records.js";
import { smoothed } from "./smoothing.js";

/**
 * @typedef {object} Curve
 * @property {number[]} episode
 * @property {number[]} step       steps of the run at the episode's end
 * @property {number[]} time       milliseconds since 1970 at its end
 * @property {(number | null)[]} value  null where it is undefined
 * @property {boolean[]} cutShort  whether the end of the run ended the episode
 * @property {number} [total]  how many points the server chose these from
 * @property {boolean} [isPart]  of a curve: there are others before
 * @property {Smoothed | null} [smoothed]  from the server, where it was asked for
 *
 * @typedef {{ value: (number | null)[], last: number | null, count: number }} Smoothed  `last` is the average at the end,
 *   of `count` values
 * @typedef {Curve & { average: (number | null)[] }} SmoothedCurve
 * @typedef {{ upTo: number, smoothing: number, curve: Curve }} History  older points, known up to an episode, with the
 *   weight that they were averaged with
 *
 * @typedef {import("../tracked.js").Tracked} Tracked
 */

const VALIDATION = "validation.";

/**
 * Everything known of a metric: the server's points first, then the records. Its average goes over all values; where the
 * server left some out, over those that it knows, with the weight that it was last asked for.
 * @param {Tracked} tracked
 * @param {string} key
 * @param {number} [smoothing]  weight of the past in the average, 0 for none
 * @returns {SmoothedCurve}
 */
export function curveOf(tracked, key, smoothing = 0) {
  const records = recordsOf(tracked, key);
  const older = tracked.history[key];
  if (!older) return { ...records, average: smoothed(wholeValues(records), smoothing) };
  const curve = joined(older.curve, records);
  const isComplete = smoothing === 0 || isWhole(older.curve);
  return { ...curve, average: isComplete ? smoothed(wholeValues(curve), smoothing) : continued(older, records, curve) };
}

/**
 * The end of a curve, back to where the server left out points; `isAll` where it left out none.
 * @param {Tracked} tracked
 * @param {string} key
 * @returns {{ end: Curve, isAll: boolean }}
 */
export function wholeEnd(tracked, key) {
  const older = tracked.history[key];
  const isAll = !older || isWhole(older.curve);
  return { end: isAll ? curveOf(tracked, key) : recordsOf(tracked, key), isAll };
}

/**
 * The values that may stand for the run: without that of an episode that was cut short, unless there is no other.
 * @param {Pick<Curve, "value" | "cutShort">} curve
 * @returns {(number | null)[]}
 */
export function wholeValues({ value, cutShort }) {
  return cutShort.every(Boolean) ? value : value.map((one, index) => (cutShort[index] ? null : one));
}

/**
 * "cut short after 450 of 2,955 steps" for each episode that was; nothing for the others. A whole episode has as many
 * steps as the longest of those that lie next to each other here.
 * @param {Pick<Curve, "episode" | "step" | "cutShort">} curve
 * @returns {(string | null)[]}
 */
export function cutTexts({ episode, step, cutShort }) {
  const isNext = (/** @type {number} */ index) => episode[index] === (episode[index - 1] ?? 0) + 1;
  const steps = step.map((end, index) => (isNext(index) ? end - (step[index - 1] ?? 0) : 0));
  const usual = steps.reduce((most, own, index) => (cutShort[index] ? most : Math.max(most, own)), 0);
  return cutShort.map((isCut, index) => {
    if (!isCut) return null;
    const of = usual > steps[index] ? ` of ${number(usual)}` : "";
    return steps[index] > 0 ? `cut short after ${number(steps[index])}${of} steps` : "cut short";
  });
}

/**
 * Whether the metric is one of the validation window.
 * @param {string} key
 */
export function isValidation(key) {
  return key.startsWith(VALIDATION);
}

/**
 * Whether there is no point before the first or between two.
 * @param {Curve} curve
 */
export function isWhole({ isPart = false, total = 0, episode }) {
  return !isPart && total <= episode.length;
}

/**
 * The metrics whose older points must be asked for, and the last episode that they must know of; those of episodes
 * first, those of the validation window once nothing else is missing.
 * @param {Tracked} tracked
 * @param {string[]} keys
 * @param {number} [smoothing]
 * @returns {{ keys: string[], upTo: number }}
 */
export function missingHistory({ run, episodes, evaluations, history }, keys, smoothing = 0) {
  const count = run?.episodes ?? 0;
  const upTo = (episodes[0]?.episode ?? count + 1) - 1;
  const isAveraged = (/** @type {string} */ key) =>
    smoothing === 0 || !history[key] || isWhole(history[key].curve) || history[key].smoothing === smoothing;
  const missing = keys.filter((key) => !isValidation(key) && ((history[key]?.upTo ?? 0) !== upTo || !isAveraged(key)));
  if (missing.length > 0 || count === 0 || evaluations[0]?.number === 1) return { keys: missing, upTo };
  return { keys: keys.filter((key) => isValidation(key) && !(history[key]?.upTo && isAveraged(key))), upTo: count };
}

/**
 * @param {import("../reducer.js").Episode[]} episodes
 * @param {string} metric
 * @returns {Curve}
 */
export function fromEpisodes(episodes, metric) {
  return {
    episode: episodes.map(({ episode }) => episode),
    step: episodes.map(({ first_step: first, steps }) => first + steps),
    time: episodes.map(({ ended_at: endedAt }) => Date.parse(endedAt)),
    value: episodes.map((episode) => episode[metric] ?? null),
    cutShort: episodes.map(isCutShort),
  };
}

/**
 * @param {import("../reducer.js").Evaluation[]} evaluations
 * @param {string} metric
 * @returns {Curve}
 */
export function fromEvaluations(evaluations, metric) {
  const own = evaluations.filter(({ window }) => window === "validation");
  return {
    episode: own.map(({ episode }) => episode),
    step: own.map(({ step }) => step),
    time: own.map(({ ended_at: endedAt }) => Date.parse(endedAt)),
    value: own.map(({ policy }) => policy.metrics[metric] ?? null),
    cutShort: own.map(() => false),
  };
}

/**
 * The points with these indices.
 * @template {Curve} C
 * @param {C} curve
 * @param {number[]} indices
 * @returns {C}
 */
export function pick(curve, indices) {
  const columns = Object.entries(curve).filter(([, column]) => Array.isArray(column));
  const picked = columns.map(([name, column]) => [name, indices.map((index) => column[index])]);
  return { ...curve, ...Object.fromEntries(picked) };
}

function recordsOf({ episodes, evaluations }, key) {
  return isValidation(key) ? fromEvaluations(evaluations, key.slice(VALIDATION.length)) : fromEpisodes(episodes, key);
}

/** Older points up to where the newer ones begin. */
function joined(older, newer) {
  const from = newer.step[0] ?? Infinity;
  const found = older.step.findIndex((step) => step >= from);
  const end = found < 0 ? older.step.length : found;
  const both = (/** @type {keyof Curve} */ column) => [...older[column].slice(0, end), ...newer[column]];
  const places = { episode: both("episode"), step: both("step"), time: both("time") };
  return { ...places, value: both("value"), cutShort: both("cutShort") };
}

/** The server's average, and the records' after it; nothing before the server was asked for one. */
function continued({ smoothing, curve: { smoothed: older } }, records, { value }) {
  if (!older) return value.map(() => null);
  const newer = smoothed(wholeValues(records), smoothing, older);
  return [...older.value.slice(0, value.length - newer.length), ...newer];
}
