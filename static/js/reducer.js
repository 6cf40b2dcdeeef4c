/**
 * The dashboard's whole state and the one pure function that changes it.
 *
 * Snapshots, catch-up and live events all pass through `reduce`, so a reload, a second tab, a late joiner and a
 * reconnect are one path. Knows no DOM, no network and no clock.
 */

import { UNKNOWN_ACTIONS, withAction, withActions } from "./intervene/actions.js";
import { withBest, withLabel, withLabels } from "./labels.js";
import { withLastEpisode, withList, withRun } from "./records.js";
import { caughtUp, hasRewound, heard, tracking, withHistory } from "./tracked.js";
import { DEFAULT_VIEW } from "./view.js";

const ACTIVE = new Set(["running", "paused", "evaluating", "stopping"]);

/**
 * @typedef {Record<string, any>} Run
 * @typedef {Record<string, any> & { episode: number }} Episode
 * @typedef {Record<string, any> & { number: number }} Evaluation
 * @typedef {{ kind: "episode" | "evaluation", number: number, beside?: number }} Opened
 * @typedef {object} OwnState
 * @property {"connecting" | "live" | "disconnected"} connection
 * @property {string | null} bootId        the server process that this state came from
 * @property {Record<string, any> | null} catalog
 * @property {Run[] | null} runs           newest first; null until loaded
 * @property {boolean} isListBehind        a run came back that the list lacks
 * @property {Record<string, import("./labels.js").Label>} labels  what people wrote, by run id
 * @property {Record<string, number>} best the best validation Sharpe ratio, by run id
 * @property {import("./view.js").View} view  how a person looks at it
 * @property {string | null} shownRunId
 * @property {Record<string, Tracked>} others  the selected runs beside the shown one, by run id
 * @property {Opened | null} opened        what is in the inspector
 * @property {import("./intervene/actions.js").Actions} actions  what people did to the shown run
 * @property {number} lastEventAt          milliseconds; when the server was last heard
 * @property {{ message: string, isFinal: boolean } | null} failure  why something could not be loaded
 *
 * @typedef {import("./tracked.js").Tracked} Tracked
 * @typedef {OwnState & Tracked} State  the shown run's records stand in the state itself
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
    ...tracking(),
    isBehind: false,
    others: {},
    opened: null,
    actions: UNKNOWN_ACTIONS,
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
  runs: (state, { runs }) => ({ ...state, runs: withList(state.runs, runs), isListBehind: false, failure: null }),
  labels: withLabels,
  label: withLabel,
  view: (state, { change }) => withOthers({ ...state, view: { ...state.view, ...change } }),
  show: showRun,
  open: (state, { opened }) => ({ ...state, opened }),
  boot: meetServer,
  behind: (state) => ({ ...unsure(state), isBehind: true, others: mapped(state.others, tracking) }),
  actions: withActions,
  caught_up: catchUp,
  history: (state, { runId, curves, upTo }) => update(state, runId, (tracked) => withHistory(tracked, curves, upTo)),
  problem: (state, { runId, message }) =>
    update(state, runId, (tracked) => ({ ...tracked, isBehind: false, problem: message })),
  run_received: receiveRun,
  event: receiveEvent,
};

/**
 * A run that this page follows, shown or beside it.
 * @param {State} state
 * @param {string} runId
 * @returns {Tracked | null}
 */
export function trackedRun(state, runId) {
  return runId === state.shownRunId ? state : (state.others[runId] ?? null);
}

function showRun(state, { runId }) {
  if (runId === state.shownRunId) return state;
  const others = state.shownRunId === null ? state.others : { ...state.others, [state.shownRunId]: trackedPart(state) };
  const shown = { ...tracking(), history: others[runId]?.history ?? {} }; // beside another it needed no records
  const unknown = { opened: null, actions: UNKNOWN_ACTIONS, failure: null };
  return withOthers({ ...state, ...shown, others, shownRunId: runId, ...unknown });
}

/** Exactly the selected runs but the shown one are followed beside it; what is known of them stays. */
function withOthers(state) {
  const wanted = state.view.selected.filter((/** @type {string} */ runId) => runId !== state.shownRunId);
  if (wanted.join() === Object.keys(state.others).join()) return state;
  return { ...state, others: Object.fromEntries(wanted.map((runId) => [runId, state.others[runId] ?? tracking()])) };
}

/** What came from another server process is forgotten; before the first greeting nothing did. */
function meetServer(state, { bootId }) {
  if (bootId === state.bootId) return state;
  return { ...(state.bootId === null ? state : forget(state)), bootId };
}

/** Everything known of the followed runs is dropped; catch-up brings it back. */
function forget(state) {
  return withOthers({ ...state, ...tracking(), others: {}, actions: UNKNOWN_ACTIONS });
}

function unsure(state) {
  return { ...state, actions: { ...state.actions, isKnown: false } };
}

function mapped(values, make) {
  return Object.fromEntries(Object.keys(values).map((name) => [name, make()]));
}

function trackedPart(state) {
  return Object.fromEntries(Object.keys(tracking()).map((name) => [name, state[name]]));
}

/** The state with one followed run changed; a run that is not followed changes nothing. */
function update(state, runId, change) {
  if (runId === state.shownRunId) return change(state);
  const tracked = state.others[runId];
  return tracked ? { ...state, others: { ...state.others, [runId]: change(tracked) } } : state;
}

function catchUp(state, { run, episodes, evaluations }) {
  const next = update(state, run.run_id, (tracked) => caughtUp(tracked, { run, episodes, evaluations }));
  if (next === state) return state;
  const listed = withRun(next.runs, run);
  const runs = episodes.length > 0 ? withLastEpisode(listed, run.run_id, episodes.at(-1)) : listed;
  return { ...next, runs, failure: null };
}

/** A run from the answer to a request; its sequence is not taken over, since other events may lie in between. */
function receiveRun(state, { run }) {
  const next = { ...state, runs: withRun(state.runs, run) };
  if (run.run_id !== state.shownRunId || run.sequence < state.sequence) return next;
  return hasRewound(next, run) ? { ...next, ...tracking() } : { ...next, run };
}

function receiveEvent(state, { name, payload, at }) {
  if (state.bootId !== null && payload.boot_id !== state.bootId) {
    return { ...forget(state), bootId: payload.boot_id, lastEventAt: at };
  }
  const heardOf = { ...withBest(withListedRun(state, name, payload), name, payload), lastEventAt: at };
  if (name === "label") return withLabel(heardOf, /** @type {any} */ (payload));
  if (name === "action") return withAction(heardOf, /** @type {any} */ (payload));
  return update(heardOf, payload.run_id, (tracked) => heard(tracked, { name, payload }));
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
