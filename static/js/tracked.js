/**
 * One run as the page follows it: its snapshot, the newest of its records, curves of the older ones, and what is
 * missing. All followed runs go through the same functions. Knows no DOM, no network and no clock.
 */

import { afterEpisodes, merge } from "./records.js";

const MOST_PENDING = 500;
/** Records kept one by one; a run that grows beyond has its older ones dropped and drawn from curves. */
export const MOST_EPISODES = 1_000;
export const KEPT_EPISODES = 200; // each costs the server a row for every metric when the page opens
export const MOST_EVALUATIONS = 5_000;
const KEPT_EVALUATIONS = 4_000;
/** What only the newest evaluation of a window is shown with, and most of what each weighs. */
const TABLES = ["variants", "baselines", "comparisons"];

/**
 * @typedef {import("./reducer.js").Run} Run
 * @typedef {import("./reducer.js").Episode} Episode
 * @typedef {import("./reducer.js").Evaluation} Evaluation
 * @typedef {import("./curves/curve.js").Curve} Curve
 * @typedef {{ name: string, payload: Record<string, any> }} LiveEvent
 * @typedef {object} Tracked
 * @property {Run | null} run
 * @property {Episode[]} episodes          the newest ones, by number, none missing between them
 * @property {Episode[]} older             those right before them that somebody asked to see
 * @property {Evaluation[]} evaluations    the newest ones, by number; tables only in the newest of each window
 * @property {Record<string, import("./curves/curve.js").History>} history  older points by metric
 * @property {number} sequence             the last event of the run that is part of this
 * @property {boolean} isBehind            events or records are missing: catch-up is due
 * @property {boolean} hasRecords          the newest records were asked for; without, there are those heard since only
 * @property {LiveEvent[]} pending         live events waiting for catch-up
 * @property {{ message: string, isFinal: boolean } | null} problem  why it could not be loaded, at the last attempt
 */

/** @returns {Tracked} a run of which nothing is known yet */
export function tracking() {
  return {
    run: null,
    episodes: [],
    older: [],
    evaluations: [],
    history: {},
    sequence: 0,
    isBehind: true,
    hasRecords: false,
    pending: [],
    problem: null,
  };
}

/**
 * After one event. One that does not follow on the last waits until catch-up has closed the gap.
 * @param {Tracked} tracked
 * @param {LiveEvent} event
 * @returns {Tracked}
 */
export function heard(tracked, event) {
  const { sequence } = event.payload;
  if (tracked.isBehind || sequence > tracked.sequence + 1) {
    return { ...tracked, isBehind: true, pending: [...tracked.pending, event].slice(-MOST_PENDING) };
  }
  if (sequence < tracked.sequence || (sequence === tracked.sequence && event.name !== "run_status")) return tracked;
  const change = EVENTS[event.name] ?? unchanged; // an event that this page does not show only moves the sequence on
  return { ...change(tracked, event.payload), sequence };
}

/**
 * After a snapshot and the records read after it: they may be newer than the run, never older. Where none were asked
 * for, those that were heard before the gap are no longer the newest ones, and curves take their place.
 * @param {Tracked} tracked
 * @param {{ run: Run, episodes: Episode[], evaluations: Evaluation[], hasRecords: boolean,
 *   curves: Record<string, Curve>, curvesUpTo: number }} answer
 * @returns {Tracked}
 */
export function caughtUp(tracked, { run, episodes, evaluations, hasRecords, curves, curvesUpTo }) {
  if (hasRewound(tracked, run)) return { ...tracking(), pending: tracked.pending }; // asks for all again
  const known = hasRecords || tracked.hasRecords ? tracked : withoutRecords(tracked);
  const snapshot = run.sequence >= known.sequence ? { ...known, run, sequence: run.sequence } : known;
  const recorded = withEvaluations(withEpisodes(snapshot, episodes), evaluations);
  const complete = withHistory(recorded, curves, curvesUpTo);
  const asked = { pending: [], isBehind: false, hasRecords: hasRecords || known.hasRecords, problem: null };
  return tracked.pending.reduce(heard, { ...complete, ...asked });
}

/**
 * With curves of the episodes before those that are kept.
 * @param {Tracked} tracked
 * @param {Record<string, Curve>} curves  by metric
 * @param {number} upTo  the last episode that they know of
 * @param {number} [smoothing]  weight of the past in their averages
 * @returns {Tracked}
 */
export function withHistory(tracked, curves, upTo, smoothing = 0) {
  const added = Object.fromEntries(Object.entries(curves).map(([key, curve]) => [key, { upTo, smoothing, curve }]));
  return { ...tracked, history: { ...tracked.history, ...added } };
}

/**
 * With episodes right before those that are known; others would leave a hole, and are not taken.
 * @param {Tracked} tracked
 * @param {Episode[]} added
 * @returns {Tracked}
 */
export function withOlder(tracked, added) {
  const first = tracked.older[0] ?? tracked.episodes[0];
  const isNext = first !== undefined && added.at(-1)?.episode === first.episode - 1;
  return isNext ? { ...tracked, older: [...added, ...tracked.older] } : tracked;
}

const EVENTS = {
  run_status: (tracked, { run }) => (hasRewound(tracked, run) ? tracking() : { ...tracked, run }),
  progress: (tracked, { progress }) => ({ ...tracked, run: { ...tracked.run, progress } }),
  episode: (tracked, episode) => withEpisodes(tracked, [episode]),
  evaluation: (tracked, evaluation) => withEvaluations(tracked, [evaluation]),
};

function unchanged(tracked) {
  return tracked;
}

/** Its curves stay in sight until newer ones have come. */
function withoutRecords(tracked) {
  const outdated = Object.entries(tracked.history).map(([key, older]) => [key, { ...older, upTo: 0 }]);
  return { ...tracked, episodes: [], older: [], evaluations: [], history: Object.fromEntries(outdated) };
}

/**
 * The run went back to a checkpoint: what is known of it afterwards no longer happened.
 * @param {Tracked} tracked
 * @param {Run} run
 * @returns {boolean}
 */
export function hasRewound(tracked, run) {
  return tracked.run !== null && tracked.run.rewinds !== run.rewinds;
}

function withEpisodes(tracked, episodes) {
  if (episodes.length === 0) return tracked;
  const last = tracked.episodes.at(-1)?.episode ?? Infinity;
  const known = episodes[0].episode > last + 1 ? [] : tracked.episodes; // a hole between them: curves fill it
  const merged = merge(known, episodes, "episode");
  const kept = merged.length > MOST_EPISODES ? merged.slice(-KEPT_EPISODES) : merged;
  const older = tracked.older.at(-1)?.episode === kept[0].episode - 1 ? tracked.older : [];
  return { ...tracked, episodes: kept, older, run: tracked.run && afterEpisodes(tracked.run, episodes) };
}

function withEvaluations(tracked, evaluations) {
  if (evaluations.length === 0) return tracked;
  const merged = merge(tracked.evaluations, evaluations, "number");
  const kept = merged.length > MOST_EVALUATIONS ? merged.slice(-KEPT_EVALUATIONS) : merged;
  const newest = new Map(kept.map((evaluation) => [evaluation.window, evaluation]));
  return { ...tracked, evaluations: kept.map((one) => (newest.get(one.window) === one ? one : withoutTables(one))) };
}

function withoutTables(evaluation) {
  if (!TABLES.some((name) => name in evaluation)) return evaluation;
  return Object.fromEntries(Object.entries(evaluation).filter(([name]) => !TABLES.includes(name)));
}
