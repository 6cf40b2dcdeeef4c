/**
 * Curves as plain columns, from records, from the server, or both joined. A metric's key is its name; one of the
 * validation window has "validation." in front. Knows no DOM and no network.
 */

import { smoothed } from "./smoothing.js";

/**
 * @typedef {object} Curve
 * @property {number[]} episode
 * @property {number[]} step       steps of the run at the episode's end
 * @property {number[]} time       milliseconds since 1970 at its end
 * @property {(number | null)[]} value  null where it is undefined
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
  const records = key.startsWith(VALIDATION)
    ? fromEvaluations(tracked.evaluations, key.slice(VALIDATION.length))
    : fromEpisodes(tracked.episodes, key);
  const older = tracked.history[key];
  if (!older) return { ...records, average: smoothed(records.value, smoothing) };
  const curve = joined(older.curve, records);
  const isComplete = smoothing === 0 || isWhole(older.curve);
  return { ...curve, average: isComplete ? smoothed(curve.value, smoothing) : continued(older, records, curve) };
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
  const isValidation = (/** @type {string} */ key) => key.startsWith(VALIDATION);
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

/** Older points up to where the newer ones begin. */
function joined(older, newer) {
  const from = newer.step[0] ?? Infinity;
  const found = older.step.findIndex((step) => step >= from);
  const end = found < 0 ? older.step.length : found;
  const both = (/** @type {keyof Curve} */ column) => [...older[column].slice(0, end), ...newer[column]];
  return { episode: both("episode"), step: both("step"), time: both("time"), value: both("value") };
}

/** The server's average, and the records' after it; nothing before the server was asked for one. */
function continued({ smoothing, curve: { smoothed: older } }, records, { value }) {
  if (!older) return value.map(() => null);
  const newer = smoothed(records.value, smoothing, older);
  return [...older.value.slice(0, value.length - newer.length), ...newer];
}
