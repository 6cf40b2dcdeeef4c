/**
 * The dashboard's whole state and the one pure function that changes it.
 *
 * Snapshots, catch-up and live events all pass through `reduce`, so a reload, a second tab, a late joiner and a
 * reconnect are one path. Knows no DOM, no network and no clock.
 */

import { withKnownMetric } from "./compare/metrics.js";
import { NOTHING, allBehind, settled, withTracked } from "./following.js";
import { UNKNOWN_ACTIONS, withAction, withActions } from "./intervene/actions.js";
import { withBest, withDistinctions, withLabel, withLabels } from "./labels.js";
import { withAnsweredList, withListed, withListedEpisodes, withListedEvent } from "./list.js";
import { withHelpInWords } from "./parameters.js";
import { caughtUp, hasRewound, heard, tracking, withHistory, withOlder } from "./tracked.js";
import { DEFAULT_VIEW, ofAnotherRun, withChange } from "./view.js";

/**
 * @typedef {Record<string, any>} Run
 * @typedef {Record<string, any> & { episode: number }} Episode
 * @typedef {Record<string, any> & { number: number }} Evaluation
 * @typedef {{ kind: "episode" | "evaluation", number: number, beside?: number, bars?: [number, number] }} Opened
 * @typedef {object} OwnState
 * @property {"connecting" | "live" | "polling" | "disconnected"} connection  polling: no events come, answers do
 * @property {string | null} bootId        the server process that this state came from
 * @property {Record<string, any> | null} catalog
 * @property {Run[] | null} runs           newest first; null until loaded
 * @property {boolean} isListBehind        it lacks a run that was heard of or came back, or one went back and lost its best
 * @property {Record<string, import("./labels.js").Label>} labels  what people wrote, by run id
 * @property {Record<string, number>} best the best validation Sharpe ratio, by run id
 * @property {import("./view.js").View} view  how a person looks at it
 * @property {string | null} shownRunId
 * @property {Record<string, Tracked>} tracked  the followed runs by run id: the shown one and the compared ones
 * @property {Opened | null} opened        what is in the inspector
 * @property {import("./intervene/actions.js").Actions} actions  what people did to the shown run
 * @property {number} lastEventAt          milliseconds; when the server was last heard
 * @property {string} failure              why the lists could not be loaded; empty when they could
 *
 * @typedef {import("./tracked.js").Tracked} Tracked
 * @typedef {OwnState & Tracked} State  the shown run's records stand in the state itself, for its views
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
    ...NOTHING,
    tracked: {},
    opened: null,
    actions: UNKNOWN_ACTIONS,
    lastEventAt: 0,
    failure: "",
  };
}

/**
 * @param {State} state
 * @param {{ type: string } & Record<string, any>} action
 * @returns {State}
 */
export function reduce(state, action) {
  return withDistinctions(settled(REDUCERS[action.type](state, action)), state);
}

const REDUCERS = {
  connection: connect,
  reached: reach,
  catalog: learnCatalog,
  failure: (state, { failure }) => ({ ...state, failure }),
  runs: (state, { runs }) => withAnsweredList(state, runs),
  labels: withLabels,
  label: withLabel,
  view: (state, { change }) => ({ ...state, view: withChange(state.view, change) }),
  show: (state, { runId }) => showRun(state, runId),
  route: followRoute,
  boot: meetServer,
  behind: doubt,
  actions: withActions,
  caught_up: catchUp,
  history: (state, { runId, curves, upTo, smoothing }) =>
    withTracked(state, runId, (one) => withHistory(one, curves, upTo, smoothing)),
  older: (state, { runId, episodes }) => withTracked(state, runId, (one) => withOlder(one, episodes)),
  problem: (state, { runId, problem }) => withTracked(state, runId, (one) => ({ ...one, problem })),
  run_received: receiveRun,
  event: receiveEvent,
};

/**
 * Another failed attempt to connect says nothing about a server that answers meanwhile. Once it is connected, what could
 * not be loaded before is asked for again.
 */
function connect(state, { isConnected, at }) {
  if (isConnected) return { ...state, connection: "live", lastEventAt: at, failure: "" };
  return state.connection === "polling" ? state : { ...state, connection: "disconnected" };
}

/** Whether the server has answered, where no events come from it; at the first load they may be about to. */
function reach(state, { isReached, isFirst, at }) {
  const heard = isReached ? { ...state, lastEventAt: at } : state;
  const mayHear = state.connection === "live" || (state.connection === "connecting" && isFirst);
  return mayHear ? heard : { ...heard, connection: isReached ? "polling" : "disconnected" };
}

function learnCatalog(state, { catalog }) {
  return { ...state, catalog: withHelpInWords(catalog), view: withKnownMetric(state.view, catalog) };
}

/** The whole address in one step: half of it followed would ask for runs that nobody wants to see so. */
function followRoute(state, { runId, opened, view }) {
  const shown = showRun(state, runId ?? state.shownRunId);
  return { ...shown, opened, view: withKnownMetric(view, state.catalog) };
}

function showRun(state, runId) {
  if (runId === state.shownRunId) return state;
  const view = state.shownRunId === null ? state.view : ofAnotherRun(state.view);
  return { ...state, view, shownRunId: runId, opened: null, actions: UNKNOWN_ACTIONS };
}

/** What came from another server process is forgotten; before the first greeting nothing did. */
function meetServer(state, { bootId }) {
  if (bootId === state.bootId) return state;
  return { ...(state.bootId === null ? state : forget(state)), bootId };
}

/** Everything known of the followed runs is dropped; catch-up brings it back. */
function forget(state) {
  return { ...state, tracked: {}, actions: UNKNOWN_ACTIONS };
}

function doubt(state) {
  return { ...allBehind(state), actions: { ...state.actions, isKnown: false } };
}

function catchUp(state, answer) {
  const { run, episodes } = answer;
  const next = withTracked(state, run.run_id, (tracked) => caughtUp(tracked, answer));
  if (next === state) return state;
  return withListedEpisodes(withListed(next, run), run.run_id, episodes);
}

/** A run from the answer to a request; its sequence is not taken over, since other events may lie in between. */
function receiveRun(state, { run }) {
  return withTracked(withListed(state, run), run.run_id, (tracked) => {
    if (run.sequence < tracked.sequence) return tracked;
    return hasRewound(tracked, run) ? tracking() : { ...tracked, run };
  });
}

function receiveEvent(state, { name, payload, at }) {
  if (state.bootId !== null && payload.boot_id !== state.bootId) {
    return { ...forget(state), bootId: payload.boot_id, lastEventAt: at };
  }
  const listed = followNewest(state, withListedEvent(state, name, payload));
  const heardOf = { ...withBest(listed, name, payload), lastEventAt: at };
  if (name === "label") return withLabel(heardOf, /** @type {any} */ (payload));
  if (name === "action") return withAction(heardOf, /** @type {any} */ (payload));
  return withTracked(heardOf, payload.run_id, (tracked) => heard(tracked, { name, payload }));
}

/** A run that has just begun is followed where the newest one was being watched. */
function followNewest(before, after) {
  const hasBegun = before.runs !== null && after.runs.length > before.runs.length;
  const isWatching = before.opened === null && before.shownRunId === (before.runs?.[0]?.run_id ?? null);
  return hasBegun && isWatching ? showRun(after, after.runs[0].run_id) : after;
}
