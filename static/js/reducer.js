/**
 * The dashboard's whole state and the one pure function that changes it.
 *
 * Snapshots, catch-up and live events all pass through `reduce`, so a reload, a second tab, a late joiner and a
 * reconnect are one path. Knows no DOM, no network and no clock.
 */

import { withBest, withLabel, withLabels } from "./labels.js";
import { merge, withLastEpisode, withRun } from "./records.js";
import { DEFAULT_VIEW } from "./view.js";

const MOST_PENDING = 500;
const ACTIVE = new Set(["running", "paused", "evaluating", "stopping"]);

/**
 * @typedef {Record<string, any>} Run
 * @typedef {Record<string, any> & { episode: number }} Episode
 * @typedef {Record<string, any> & { number: number }} Evaluation
 * @typedef {{ kind: "episode" | "evaluation", number: number }} Opened
 * @typedef {{ name: string, payload: Record<string, any> }} LiveEvent
 * @typedef {object} State
 * @property {"connecting" | "live" | "disconnected"} connection
 * @property {string | null} bootId        the server process that this state came from
 * @property {Record<string, any> | null} catalog
 * @property {Run[] | null} runs           newest first; null until loaded
 * @property {boolean} isListBehind        a run came back that the list lacks
 * @property {Record<string, import("./labels.js").Label>} labels  what people wrote, by run id
 * @property {Record<string, number>} best the best validation Sharpe ratio, by run id
 * @property {import("./view.js").View} view  how a person looks at it
 * @property {string | null} shownRunId
 * @property {Run | null} run              the shown run
 * @property {Episode[]} episodes          of the shown run, by number
 * @property {Evaluation[]} evaluations    of the shown run, by number
 * @property {number} sequence             the last event of the shown run that is part of this state
 * @property {boolean} isBehind            events are missing: catch-up is due
 * @property {LiveEvent[]} pending         live events waiting for catch-up
 * @property {Opened | null} opened        what is in the inspector
 * @property {number} lastEventAt          milliseconds; when the server was last heard
 * @property {{ message: string, isFinal: boolean } | null} failure  why something could not be loaded
 */

/** @returns {State} */
export function initialState() {
  return {
    connection: "connecting",
    bootId: null,
    catalog: null,
    runs: null,
    isListBehind: false,
    labels: {},
    best: {},
    view: DEFAULT_VIEW,
    shownRunId: null,
    run: null,
    episodes: [],
    evaluations: [],
    sequence: 0,
    isBehind: false,
    pending: [],
    opened: null,
    lastEventAt: 0,
    failure: null,
  };
}

/**
 * @param {State} state
 * @param {{ type: string } & Record<string, any>} action
 * @returns {State}
 */
export function reduce(state, action) {
  return REDUCERS[action.type](state, action);
}

/**
 * @param {Run | null | undefined} run
 * @returns {boolean}
 */
export function isActive(run) {
  return ACTIVE.has(run?.status);
}

/**
 * The run that is being trained, if any.
 * @param {State} state
 * @returns {Run | null}
 */
export function activeRun(state) {
  return (state.runs ?? []).find(isActive) ?? null;
}

const REDUCERS = {
  connection: (state, { connection, at }) => ({ ...state, connection, lastEventAt: at ?? state.lastEventAt }),
  catalog: (state, { catalog }) => ({ ...state, catalog }),
  failure: (state, { failure }) => ({ ...state, failure }),
  runs: (state, { runs }) => ({ ...state, runs, isListBehind: false, failure: null }),
  labels: withLabels,
  label: withLabel,
  view: (state, { change }) => ({ ...state, view: { ...state.view, ...change } }),
  show: showRun,
  open: (state, { opened }) => ({ ...state, opened }),
  boot: (state, { bootId }) => (bootId === state.bootId ? state : { ...forget(state), bootId }),
  behind: (state) => ({ ...state, isBehind: true }),
  caught_up: catchUp,
  run_received: receiveRun,
  event: receiveEvent,
};

const EVENTS = {
  run_status: (state, { run }) => ({ ...state, run }),
  progress: (state, { progress }) => ({ ...state, run: { ...state.run, progress } }),
  episode: (state, episode) => withEpisodes(state, [episode]),
  evaluation: (state, evaluation) => withEvaluations(state, [evaluation]),
};

function showRun(state, { runId }) {
  if (runId === state.shownRunId) return state;
  return { ...forget(state), shownRunId: runId, opened: null, failure: null };
}

/** Everything known of the shown run is dropped; catch-up brings it back. */
function forget(state) {
  return { ...state, run: null, episodes: [], evaluations: [], sequence: 0, pending: [], isBehind: true };
}

/** A run's snapshot, and the records read after it: they may be newer than the run, never older. */
function catchUp(state, { run, episodes, evaluations }) {
  if (run.run_id !== state.shownRunId) return state;
  const isNewer = run.sequence >= state.sequence;
  const snapshot = isNewer ? { ...state, run, sequence: run.sequence, runs: withRun(state.runs, run) } : state;
  const complete = withEvaluations(withEpisodes(snapshot, episodes), evaluations);
  const runs = episodes.length > 0 ? withLastEpisode(complete.runs, run.run_id, episodes.at(-1)) : complete.runs;
  const caught = { ...complete, runs, pending: [], isBehind: false, failure: null };
  return state.pending.reduce(receiveShown, caught);
}

/** A run from the answer to a request; its sequence is not taken over, since other events may lie in between. */
function receiveRun(state, { run }) {
  const next = { ...state, runs: withRun(state.runs, run) };
  return run.run_id === state.shownRunId && run.sequence >= state.sequence ? { ...next, run } : next;
}

function receiveEvent(state, { name, payload, at }) {
  if (state.bootId !== null && payload.boot_id !== state.bootId) {
    return { ...forget(state), bootId: payload.boot_id, lastEventAt: at };
  }
  const heard = { ...withBest(withListedRun(state, name, payload), name, payload), lastEventAt: at };
  if (name === "label") return withLabel(heard, /** @type {any} */ (payload));
  return payload.run_id === state.shownRunId ? receiveShown(heard, { name, payload }) : heard;
}

function receiveShown(state, event) {
  const { sequence } = event.payload;
  if (state.isBehind || sequence > state.sequence + 1) {
    return { ...state, isBehind: true, pending: [...state.pending, event].slice(-MOST_PENDING) };
  }
  if (sequence <= state.sequence) return state;
  const change = EVENTS[event.name] ?? keep;
  return { ...change(state, event.payload), sequence };
}

/** An event that this page does not show only moves the sequence on. */
function keep(state) {
  return state;
}

function withEpisodes(state, episodes) {
  if (episodes.length === 0) return state;
  const merged = merge(state.episodes, episodes, "episode");
  const count = Math.max(state.run?.episodes ?? 0, merged.at(-1).episode);
  return { ...state, episodes: merged, run: state.run && { ...state.run, episodes: count } };
}

function withEvaluations(state, evaluations) {
  if (evaluations.length === 0) return state;
  return { ...state, evaluations: merge(state.evaluations, evaluations, "number") };
}

/** The list of runs follows every run's events, shown or not; an unknown run is followed where it was being watched. */
function withListedRun(state, name, payload) {
  if (state.runs === null) return state;
  if (name === "episode") return { ...state, runs: withLastEpisode(state.runs, payload.run_id, payload) };
  if (name !== "run_status") return state;
  const isNew = state.runs.every((run) => run.run_id !== payload.run_id);
  const next = { ...state, runs: withRun(state.runs, payload.run) };
  return isNew && watchesNewest(state) ? showRun(next, { runId: payload.run_id }) : next;
}

function watchesNewest(state) {
  const newest = state.runs[0]?.run_id ?? null;
  return state.opened === null && state.shownRunId === newest;
}
