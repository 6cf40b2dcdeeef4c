/**
 * The dashboard's whole state and the one pure function that changes it.
 *
 * Snapshots, catch-up and live events all pass through `reduce`, so a reload, a second tab, a late joiner and a
 * reconnect are one path. Knows no DOM, no network and no clock.
 */

const MOST_PENDING = 500;
const ACTIVE = new Set(["running", "paused", "stopping"]);

/**
 * @typedef {Record<string, any>} Run
 * @typedef {Record<string, any> & { episode: number }} Episode
 * @typedef {{ name: string, payload: Record<string, any> }} LiveEvent
 * @typedef {object} State
 * @property {"connecting" | "live" | "disconnected"} connection
 * @property {string | null} bootId        the server process that this state came from
 * @property {Record<string, any> | null} catalog
 * @property {Run[] | null} runs           newest first; null until loaded
 * @property {string | null} shownRunId
 * @property {Run | null} run              the shown run
 * @property {Episode[]} episodes          of the shown run, by number
 * @property {number} sequence             the last event of the shown run that is part of this state
 * @property {boolean} isBehind            events are missing: catch-up is due
 * @property {LiveEvent[]} pending         live events waiting for catch-up
 * @property {number | null} openEpisode   the one in the inspector
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
    shownRunId: null,
    run: null,
    episodes: [],
    sequence: 0,
    isBehind: false,
    pending: [],
    openEpisode: null,
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
  runs: (state, { runs }) => ({ ...state, runs, failure: null }),
  show: showRun,
  open_episode: (state, { episode }) => ({ ...state, openEpisode: episode }),
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
};

function showRun(state, { runId }) {
  if (runId === state.shownRunId) return state;
  return { ...forget(state), shownRunId: runId, openEpisode: null, failure: null };
}

/** Everything known of the shown run is dropped; catch-up brings it back. */
function forget(state) {
  return { ...state, run: null, episodes: [], sequence: 0, pending: [], isBehind: true };
}

/** A run's snapshot, and episodes read after it: they may be newer than the run, never older. */
function catchUp(state, { run, episodes }) {
  if (run.run_id !== state.shownRunId) return state;
  const isNewer = run.sequence >= state.sequence;
  const snapshot = isNewer ? { ...state, run, sequence: run.sequence, runs: withRun(state.runs, run) } : state;
  const complete = withEpisodes(snapshot, episodes);
  const runs = episodes.length > 0 ? withLastEpisode(complete.runs, run.run_id, episodes.at(-1)) : complete.runs;
  const caught = { ...complete, runs, pending: [], isBehind: false, failure: null };
  return state.pending.reduce(receiveShown, caught);
}

/** A run from the answer to a request; its sequence is not taken over, since episodes may lie in between. */
function receiveRun(state, { run }) {
  const next = { ...state, runs: withRun(state.runs, run) };
  return run.run_id === state.shownRunId && run.sequence >= state.sequence ? { ...next, run } : next;
}

function receiveEvent(state, { name, payload, at }) {
  if (state.bootId !== null && payload.boot_id !== state.bootId) {
    return { ...forget(state), bootId: payload.boot_id, lastEventAt: at };
  }
  const heard = { ...withListedRun(state, name, payload), lastEventAt: at };
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
  const merged = merge(state.episodes, episodes);
  const count = Math.max(state.run?.episodes ?? 0, merged.at(-1).episode);
  return { ...state, episodes: merged, run: state.run && { ...state.run, episodes: count } };
}

/** Both in order of their numbers, each number once. */
function merge(known, added) {
  if (known.length === 0 || known.at(-1).episode < added[0].episode) return [...known, ...added];
  const byNumber = new Map([...known, ...added].map((episode) => [episode.episode, episode]));
  return [...byNumber.values()].sort((a, b) => a.episode - b.episode);
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
  return state.openEpisode === null && state.shownRunId === newest;
}

function withLastEpisode(runs, runId, { episode, reward }) {
  if (runs === null) return null;
  return runs.map((run) => {
    if (run.run_id !== runId) return run;
    return { ...run, episodes: Math.max(run.episodes, episode), last_reward: reward };
  });
}

function withRun(runs, run) {
  if (runs === null) return null;
  const known = runs.find((other) => other.run_id === run.run_id);
  if (!known) return [run, ...runs];
  const merged = { ...known, ...run };
  return runs.map((other) => (other === known ? merged : other));
}
