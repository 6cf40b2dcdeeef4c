import assert from "node:assert/strict";
import { test } from "node:test";

import { missingHistory } from "../../static/js/curves/curve.js";
import { lastWhole } from "../../static/js/records.js";
import { initialState, reduce } from "../../static/js/reducer.js";
import { activeRun } from "../../static/js/standing.js";
import { KEPT_EPISODES, MOST_EPISODES, MOST_EVALUATIONS } from "../../static/js/tracked.js";

const RUN_ID = "20261123-051200-k3f9";

function aRun(more = {}) {
  const config = { dataset: "sp500", seed: 0 };
  return { run_id: RUN_ID, config, status: "running", sequence: 0, episodes: 0, progress: null, ...more };
}

function event(name, sequence, body, { runId = RUN_ID, bootId = "boot-1" } = {}) {
  return { type: "event", name, at: 1000, payload: { run_id: runId, boot_id: bootId, sequence, ...body } };
}

const episode = (number, sequence, more = {}) =>
  event("episode", sequence, { episode: number, reward: number / 10 }, more);
const evaluation = (number, sequence) =>
  event("evaluation", sequence, { number, episode: number, window: "validation" });
const progress = (step, sequence) => event("progress", sequence, { progress: { step } });

function after(...actions) {
  return actions.reduce(reduce, initialState());
}

function showing(run = aRun(), episodes = [], evaluations = []) {
  return [
    { type: "boot", bootId: "boot-1" },
    { type: "runs", runs: [run] },
    { type: "show", runId: run.run_id },
    caughtUp(run, { episodes, evaluations }),
  ];
}

const numbers = (state) => state.episodes.map((one) => one.episode);
const evaluated = (state) => state.evaluations.map((one) => one.number);
const caughtUp = (run, answer = {}) => ({
  ...{ type: "caught_up", episodes: [], evaluations: [], hasRecords: true, curves: {}, curvesUpTo: 0 },
  run,
  ...answer,
});

test("a shown run is loaded by catch-up", () => {
  const waiting = after({ type: "boot", bootId: "boot-1" }, { type: "show", runId: RUN_ID });
  assert.equal(waiting.isBehind, true);
  const state = reduce(waiting, caughtUp(aRun({ sequence: 7 }), { episodes: [{ episode: 1 }] }));
  assert.equal(state.isBehind, false);
  assert.equal(state.sequence, 7);
  assert.deepEqual(numbers(state), [1]);
});

test("catch-up of a long run brings the curves of its older episodes along", () => {
  const waiting = after({ type: "show", runId: RUN_ID });
  const answer = { episodes: [{ episode: 801 }], curves: { reward: { episode: [1, 800] } }, curvesUpTo: 800 };
  const state = reduce(waiting, caughtUp(aRun({ episodes: 801 }), answer));
  assert.deepEqual(state.history, { reward: { upTo: 800, smoothing: 0, curve: { episode: [1, 800] } } });
  assert.deepEqual(missingHistory(state, ["reward"]).keys, []);
});

test("live events in order change the run and its episodes", () => {
  const state = after(...showing(), progress(10, 1), episode(1, 2), progress(20, 3));
  assert.equal(state.run.progress.step, 20);
  assert.equal(state.run.episodes, 1);
  assert.deepEqual(numbers(state), [1]);
  assert.equal(state.sequence, 3);
});

test("the last reward is not that of an episode that the end of the run cut short", () => {
  const ended = (number, more) => ({ episode: number, reward: number / 10, terminated: false, ...more });
  const whole = [ended(1, { truncated: null }), ended(2, { truncated: true })];
  const cut = ended(3, { truncated: false });
  const live = after(...showing(aRun(), whole), event("episode", 1, cut));
  const loaded = after(...showing(aRun(), [...whole, cut]));
  for (const { run, runs } of [live, loaded]) {
    assert.deepEqual([run.last_reward, runs[0].last_reward, run.episodes], [0.2, 0.2, 3]);
  }
  const only = after(...showing(), event("episode", 1, { ...cut, episode: 1 }));
  assert.equal(only.run.last_reward, 0.3, "there is no other");
  const ruined = after(...showing(aRun(), whole), event("episode", 1, { ...cut, terminated: true }));
  assert.equal(ruined.run.last_reward, 0.3, "ruin is an end of its own");
  assert.deepEqual([loaded, only, after()].map(({ episodes }) => lastWhole(episodes)?.reward), [0.2, 0.3, undefined]);
});

test("an event that was seen is dropped", () => {
  const state = after(...showing(aRun({ sequence: 5, progress: { step: 50 } })), progress(10, 5), progress(9, 4));
  assert.equal(state.run.progress.step, 50);
  assert.equal(state.sequence, 5);
});

test("a gap asks for catch-up and holds what came after it", () => {
  const state = after(...showing(), episode(1, 1), episode(3, 3));
  assert.equal(state.isBehind, true);
  assert.deepEqual(numbers(state), [1]);
  assert.equal(state.pending.length, 1);
});

test("an event of a kind that the page does not show leaves no gap", () => {
  const state = after(...showing(), episode(1, 1), event("something_else", 2, {}), episode(2, 3));
  assert.equal(state.isBehind, false);
  assert.deepEqual(numbers(state), [1, 2]);
  assert.equal(state.sequence, 3);
});

test("catch-up fills the gap and what was held follows, once each", () => {
  const behind = after(...showing(), episode(1, 1), episode(3, 3), episode(4, 4));
  const missing = { episodes: [{ episode: 2 }, { episode: 3 }] };
  const state = reduce(behind, caughtUp(aRun({ sequence: 3 }), missing));
  assert.deepEqual(numbers(state), [1, 2, 3, 4]);
  assert.equal(state.sequence, 4);
  assert.equal(state.isBehind, false);
  assert.deepEqual(state.pending, []);
});

test("an evaluation in order is taken and leaves the episodes alone", () => {
  const state = after(...showing(), episode(1, 1), evaluation(1, 2), episode(2, 3), evaluation(2, 4));
  assert.deepEqual(evaluated(state), [1, 2]);
  assert.deepEqual(numbers(state), [1, 2]);
  assert.equal(state.sequence, 4);
});

test("only the newest evaluation of each window keeps its tables, and not all are kept for ever", () => {
  const policy = { metrics: {} };
  const judged = (number, window = "validation") => ({ number, window, policy, baselines: [number], variants: [] });
  const live = event("evaluation", 1, judged(4));
  const { evaluations } = after(...showing(aRun(), [], [judged(1), judged(2, "test"), judged(3)]), live);
  assert.deepEqual(
    evaluations.map(({ number, baselines }) => [number, baselines]),
    [
      [1, undefined],
      [2, [2]],
      [3, undefined],
      [4, [4]],
    ],
  );
  const many = Array.from({ length: MOST_EVALUATIONS }, (_, index) => ({ number: index + 1, window: "validation" }));
  const state = after(...showing(aRun(), [], many), evaluation(MOST_EVALUATIONS + 1, 1));
  assert.ok(state.evaluations.length < MOST_EVALUATIONS);
  assert.equal(state.evaluations.at(-1).number, MOST_EVALUATIONS + 1);
});

test("an evaluation behind a gap waits for catch-up and is there once", () => {
  const behind = after(...showing(), evaluation(1, 1), evaluation(3, 5), evaluation(4, 6));
  assert.deepEqual(evaluated(behind), [1]);
  assert.equal(behind.isBehind, true);
  const missing = { evaluations: [{ number: 2 }, { number: 3 }] };
  const state = reduce(behind, caughtUp(aRun({ sequence: 4 }), missing));
  assert.deepEqual(evaluated(state), [1, 2, 3, 4]);
  assert.equal(state.sequence, 6);
  assert.equal(state.isBehind, false);
});

test("another run and another server process begin without evaluations", () => {
  const before = after(...showing(aRun(), [], [{ number: 1 }]));
  assert.deepEqual(evaluated(before), [1]);
  assert.deepEqual(evaluated(reduce(before, { type: "show", runId: "other" })), []);
  assert.deepEqual(evaluated(reduce(before, { type: "boot", bootId: "boot-2" })), []);
});

test("catch-up that does not reach the held events asks again", () => {
  const behind = after(...showing(), episode(5, 9));
  const state = reduce(behind, caughtUp(aRun({ sequence: 6 })));
  assert.equal(state.isBehind, true);
  assert.equal(state.sequence, 6);
});

test("catch-up gives the same state as having listened all along", () => {
  const heard = [progress(10, 1), episode(1, 2), progress(30, 3), episode(2, 4), evaluation(1, 5)];
  const listened = after(...showing(), ...heard);
  const snapshot = aRun({ sequence: 5, episodes: 2, progress: { step: 30 } });
  const late = after(...showing(snapshot, listened.episodes, listened.evaluations));
  assert.deepEqual(late.run, { ...listened.run, sequence: 5 });
  assert.deepEqual(late.evaluations, listened.evaluations);
  assert.deepEqual(late.episodes, listened.episodes);
  assert.equal(late.sequence, listened.sequence);
});

test("an older snapshot does not take the run back", () => {
  const older = caughtUp(aRun({ sequence: 1, progress: { step: 10 } }));
  const state = after(...showing(), progress(10, 1), progress(20, 2), older);
  assert.equal(state.run.progress.step, 20);
  assert.equal(state.sequence, 2);
});

test("another server process starts from a fresh snapshot", () => {
  const state = after(...showing(aRun(), [{ episode: 1 }]), progress(10, 1), {
    ...progress(99, 2),
    payload: { ...progress(99, 2).payload, boot_id: "boot-2" },
  });
  assert.equal(state.bootId, "boot-2");
  assert.equal(state.isBehind, true);
  assert.equal(state.run, null);
  assert.deepEqual(state.episodes, []);
  assert.equal(state.shownRunId, RUN_ID);
});

test("what came before the server's greeting is kept", () => {
  const before = after({ type: "show", runId: RUN_ID }, caughtUp(aRun({ sequence: 2 }), { episodes: [{ episode: 1 }] }));
  const state = reduce(before, { type: "boot", bootId: "boot-1" });
  assert.deepEqual([numbers(state), state.isBehind, state.bootId], [[1], false, "boot-1"]);
});

test("the same server process keeps what is known", () => {
  const before = after(...showing(aRun(), [{ episode: 1 }]));
  assert.equal(reduce(before, { type: "boot", bootId: "boot-1" }), before);
});

test("an answer to a request is shown at once and its events may still follow", () => {
  const state = after(...showing(aRun({ sequence: 1 })), {
    type: "run_received",
    run: aRun({ status: "paused", sequence: 2 }),
  });
  assert.equal(state.run.status, "paused");
  assert.equal(state.sequence, 1);
  const next = reduce(state, event("run_status", 2, { run: aRun({ status: "paused", sequence: 2 }) }));
  assert.equal(next.isBehind, false);
});

test("an answer that events have overtaken leaves the list as it is", () => {
  const stopped = event("run_status", 2, { run: aRun({ status: "stopped", sequence: 2 }) });
  const stopping = aRun({ status: "stopping", sequence: 1 });
  const known = [...showing(aRun()), progress(10, 1), stopped];
  for (const late of [{ type: "run_received", run: stopping }, caughtUp(stopping), { type: "runs", runs: [stopping] }]) {
    assert.equal(activeRun(after(...known, late)), null, late.type);
  }
  const ended = aRun({ status: "interrupted", sequence: 1, boot_id: "boot-2" });
  assert.equal(after(...known, { type: "runs", runs: [ended] }).runs[0].status, "interrupted");
});

test("events of another run change the list only", () => {
  const other = aRun({ run_id: "other" });
  const state = after(...showing(), { type: "runs", runs: [other, aRun()] }, episode(4, 40, { runId: "other" }));
  assert.deepEqual(numbers(state), []);
  assert.equal(state.isBehind, false);
  assert.equal(state.runs[0].episodes, 4);
  assert.equal(state.runs[0].last_reward, 0.4);
});

test("a followed run's last reward is that of its last episode, as in the list", () => {
  const state = after(...showing(aRun({ episodes: 1, last_reward: 0.1 })), episode(2, 1), episode(3, 2));
  assert.deepEqual([state.run.last_reward, state.runs[0].last_reward], [0.3, 0.3]);
  const late = reduce(state, caughtUp(aRun(), { episodes: [{ episode: 2, reward: 0.2 }] }));
  assert.equal(late.run.last_reward, 0.3, "an answer that was overtaken takes nothing back");
});

test("a new run is followed where the newest one was shown", () => {
  const state = after(
    ...showing(aRun({ status: "finished" })),
    event("run_status", 1, { run: aRun({ run_id: "new" }) }, { runId: "new" }),
  );
  assert.equal(state.shownRunId, "new");
  assert.equal(state.isBehind, true);
  assert.equal(activeRun(state).run_id, "new");
});

test("a new run is not followed away from an older run or from what is open", () => {
  const older = aRun({ run_id: "older", status: "finished" });
  const started = event("run_status", 1, { run: aRun({ run_id: "new" }) }, { runId: "new" });
  const looking = after(
    ...showing(),
    { type: "runs", runs: [aRun(), older] },
    { type: "show", runId: "older" },
    started,
  );
  assert.equal(looking.shownRunId, "older");
  const opened = { kind: "evaluation", number: 1 };
  const open = { type: "route", runId: RUN_ID, opened, view: initialState().view };
  const inspecting = after(...showing(), open, started);
  assert.equal(inspecting.shownRunId, RUN_ID);
});

const aLabel = (more = {}) => ({ run_id: RUN_ID, name: "", tags: [], notes: "", deleted_at: null, ...more });

test("a label event is no event of the run: it changes the label and leaves the sequence", () => {
  const before = after(...showing(aRun({ sequence: 5 })));
  const state = reduce(before, event("label", undefined, { label: aLabel({ name: "first" }) }));
  assert.equal(state.labels[RUN_ID].name, "first");
  assert.equal(state.sequence, 5);
  assert.equal(state.isBehind, false);
});

test("a deleted run leaves the list, and one that comes back is asked for", () => {
  const deleted = reduce(after(...showing()), { type: "label", label: aLabel({ deleted_at: "2026-11-23T05:12:00Z" }) });
  assert.deepEqual(deleted.runs, []);
  assert.equal(deleted.isListBehind, false);
  const back = reduce(deleted, { type: "label", label: aLabel() });
  assert.equal(back.isListBehind, true);
  assert.equal(reduce(back, { type: "runs", runs: [aRun()] }).isListBehind, false);
});

test("a deleted run that is shown by its address stays out of the list", () => {
  const gone = aLabel({ deleted_at: "2026-11-23T05:12:00Z" });
  const listed = after({ type: "labels", labels: [gone], best: {} }, { type: "runs", runs: [] });
  const shown = [{ type: "show", runId: RUN_ID }, caughtUp(aRun({ status: "stopped" }))].reduce(reduce, listed);
  assert.equal(shown.run.status, "stopped");
  assert.deepEqual(shown.runs, []);
  assert.deepEqual(reduce(shown, event("run_status", 1, { run: aRun() })).runs, []);
});

test("without events the server is asked instead, until events come or nothing answers", () => {
  const connected = (isConnected) => ({ type: "connection", isConnected, at: 5 });
  const reached = (isReached, isFirst = false) => ({ type: "reached", isReached, isFirst });
  const badge = (...actions) => after(...actions).connection;
  assert.equal(badge(reached(true, true)), "connecting");
  assert.equal(badge(reached(true, true), reached(true)), "polling");
  assert.equal(badge(connected(false), reached(true), connected(false)), "polling");
  assert.equal(badge(connected(false), reached(true), reached(false)), "disconnected");
  assert.equal(badge(connected(false), reached(true), connected(true), reached(false)), "live");
});

test("what could not be loaded is told until there is a connection, over which it is asked for again", () => {
  const failed = after({ type: "failure", failure: "gone" }, { type: "connection", isConnected: false, at: 5 });
  assert.equal(failed.failure, "gone");
  assert.equal(reduce(failed, { type: "connection", isConnected: true, at: 7 }).failure, "");
});

test("an answer is a sign of life too", () => {
  const state = after({ type: "connection", isConnected: false, at: 5 }, { type: "reached", isReached: true, at: 7 });
  assert.equal(state.lastEventAt, 7);
  assert.equal(reduce(state, { type: "reached", isReached: false }).lastEventAt, 7);
});

test("the best validation follows every run, and no other window", () => {
  const judged = (sequence, window, sharpe, more) =>
    event("evaluation", sequence, { number: sequence, window, policy: { metrics: { sharpe } } }, more);
  const state = after(
    ...showing(),
    judged(1, "validation", 0.5),
    judged(2, "validation", 0.2),
    judged(3, "test", 9),
    judged(4, "validation", null),
    judged(1, "validation", -1, { runId: "other" }),
  );
  assert.deepEqual(state.best, { [RUN_ID]: 0.5, other: -1 });
});

test("the best of a run that went back is dropped and asked for, however that is learnt", () => {
  const known = [...showing(aRun({ rewinds: 0 })), { type: "labels", labels: [], best: { [RUN_ID]: 2, other: 1 } }];
  const rewound = aRun({ rewinds: 1, sequence: 1 });
  for (const learn of [
    event("run_status", 1, { run: rewound }),
    { type: "run_received", run: rewound },
    caughtUp(rewound),
    { type: "runs", runs: [rewound] },
  ]) {
    const state = after(...known, learn);
    assert.deepEqual([state.best, state.isListBehind], [{ other: 1 }, true], learn.type);
    const again = [{ type: "labels", labels: [], best: { [RUN_ID]: 0.5, other: 1 } }, { type: "runs", runs: [rewound] }];
    const mended = again.reduce(reduce, state);
    assert.deepEqual([mended.best[RUN_ID], mended.isListBehind], [0.5, false], learn.type);
  }
});

const selecting = (...selected) => ({ type: "view", change: { selected, page: "compare" } });

test("selected runs are followed beside the shown one, by the same events", () => {
  const state = after(
    ...showing(),
    selecting("other"),
    caughtUp(aRun({ run_id: "other", sequence: 3, episodes: 8 }), { hasRecords: false }),
    episode(9, 4, { runId: "other" }),
  );
  assert.equal(state.tracked.other.isBehind, false);
  assert.deepEqual(numbers(state.tracked.other), [9]);
  assert.deepEqual(numbers(state), []);
  const gap = reduce(state, episode(11, 6, { runId: "other" }));
  assert.equal(gap.tracked.other.isBehind, true);
  assert.equal(gap.isBehind, false);
  assert.deepEqual(Object.keys(reduce(state, selecting()).tracked), [RUN_ID]);
});

const besideAnother = (sequence = 3) =>
  caughtUp(aRun({ run_id: "other", sequence, episodes: 8 }), { hasRecords: false });

test("a run that is shown after it was followed beside another gets its records", () => {
  const beside = after(
    ...showing(),
    selecting(RUN_ID, "other"),
    besideAnother(),
    { type: "history", runId: "other", curves: { reward: { episode: [8] } }, upTo: 8, smoothing: 0.5 },
  );
  const state = reduce(beside, { type: "show", runId: "other" });
  assert.equal(state.isBehind, true);
  assert.equal(state.history.reward.upTo, 8);
  assert.deepEqual(Object.keys(state.tracked), ["other", RUN_ID]);
  assert.deepEqual(numbers(reduce(state, caughtUp(state.run, { episodes: [{ episode: 8 }] }))), [8]);
});

test("a run that is shown while it is asked for without its records stays behind until they come", () => {
  const asked = after(...showing(), selecting("other"), { type: "show", runId: "other" });
  const answered = reduce(asked, besideAnother());
  assert.deepEqual([answered.isBehind, answered.run.episodes], [true, 8]);
  const late = reduce(answered, episode(9, 4, { runId: "other" }));
  const complete = reduce(late, caughtUp(answered.run, { episodes: [{ episode: 7 }, { episode: 8 }] }));
  assert.deepEqual([complete.isBehind, numbers(complete)], [false, [7, 8, 9]]);
});

test("a run that is no longer shown but selected keeps its records, and any other is forgotten", () => {
  const shown = after(...showing(aRun(), [{ episode: 1 }]), selecting(RUN_ID));
  const beside = reduce(shown, { type: "show", runId: "other" });
  assert.deepEqual(numbers(beside.tracked[RUN_ID]), [1]);
  assert.equal(reduce(beside, { type: "show", runId: RUN_ID }).isBehind, false);
  assert.deepEqual(Object.keys(reduce(beside, selecting()).tracked), ["other"]);
});

test("an address is followed in one step: nothing is asked for under half of it", () => {
  const known = after(...showing());
  const view = { ...known.view, page: "compare", selected: ["a", "b"] };
  const opened = { kind: "episode", number: 3 };
  const state = reduce(known, { type: "route", runId: "a", opened, view });
  assert.deepEqual([state.shownRunId, state.opened, Object.keys(state.tracked)], ["a", opened, ["a", "b"]]);
  assert.equal(state.run, null);
  assert.equal(reduce(state, { type: "route", runId: null, opened: null, view }).shownRunId, "a");
});

test("a metric that there is none of becomes the first one, whichever of address and catalog comes first", () => {
  const metrics = [{ name: "reward" }, { name: "alpha" }];
  const catalog = { parameters: [], metrics, evaluation_metrics: [{ name: "sharpe" }] };
  const route = (metric) => ({ type: "route", runId: "a", opened: null, view: { ...initialState().view, metric } });
  const metricAfter = (...actions) => after(...actions).view.metric;
  assert.equal(metricAfter(route("constructor"), { type: "catalog", catalog }), "reward");
  assert.equal(metricAfter({ type: "catalog", catalog }, route("foo")), "reward");
  assert.equal(metricAfter({ type: "catalog", catalog }, route("validation.sharpe")), "validation.sharpe");
});

test("after a gap a run without records is drawn from curves alone, and its old ones are asked for again", () => {
  const beside = after(
    ...showing(),
    selecting("other"),
    besideAnother(),
    { type: "history", runId: "other", curves: { reward: { episode: [8] } }, upTo: 8, smoothing: 0.5 },
    episode(9, 4, { runId: "other" }),
    episode(15, 12, { runId: "other" }),
  );
  const { other } = reduce(beside, besideAnother(12)).tracked;
  assert.deepEqual([numbers(other), other.isBehind], [[], false]);
  assert.deepEqual(other.history.reward, { upTo: 0, smoothing: 0.5, curve: { episode: [8] } });
});

test("what hinders one run is no matter of another, and may be over with another server process", () => {
  const gone = { type: "problem", runId: "gone", problem: { message: "no run", isFinal: true } };
  const state = after(...showing(), selecting("gone"), gone, caughtUp(aRun()));
  assert.deepEqual([state.tracked.gone.problem, state.problem], [gone.problem, null]);
  assert.deepEqual(reduce(state, { type: "behind" }).tracked.gone.problem, gone.problem);
  assert.equal(reduce(state, { type: "boot", bootId: "boot-2" }).tracked.gone.problem, null);
});

test("a run that went back to a checkpoint is forgotten and asked for again", () => {
  const known = after(...showing(aRun({ rewinds: 0 }), [{ episode: 1 }, { episode: 2 }]));
  const live = reduce(known, event("run_status", 1, { run: aRun({ rewinds: 1 }) }));
  assert.equal(live.isBehind, true);
  assert.deepEqual(numbers(live), []);
  const late = reduce(known, caughtUp(aRun({ rewinds: 1, sequence: 9 }), { episodes: [{ episode: 3 }] }));
  assert.equal(late.isBehind, true);
  assert.deepEqual(numbers(late), []);
});

test("a status under the number of the event before it is taken over", () => {
  const state = after(...showing(aRun({ sequence: 4 })), event("run_status", 4, { run: aRun({ status: "paused" }) }));
  assert.equal(state.run.status, "paused");
  assert.equal(state.sequence, 4);
});

test("only the newest episodes of a long run are kept one by one", () => {
  const many = Array.from({ length: MOST_EPISODES - 1 }, (_, index) => ({ episode: index + 1 }));
  const full = after(...showing(aRun(), many), episode(MOST_EPISODES, 1));
  assert.equal(full.episodes.length, MOST_EPISODES);
  const trimmed = reduce(full, episode(MOST_EPISODES + 1, 2));
  assert.equal(trimmed.episodes.length, KEPT_EPISODES);
  assert.equal(trimmed.episodes.at(-1).episode, MOST_EPISODES + 1);
});

test("older episodes stay with those right behind them, and go where a hole would be", () => {
  const known = after(...showing(aRun(), [{ episode: 7 }]));
  const older = (...episodes) => ({ type: "older", runId: RUN_ID, episodes: episodes.map((one) => ({ episode: one })) });
  const state = [older(5, 6), older(3, 4), older(1)].reduce(reduce, known);
  assert.deepEqual(numbers({ episodes: state.older }), [3, 4, 5, 6]);
  assert.deepEqual(numbers({ episodes: reduce(state, episode(8, 1)).older }), [3, 4, 5, 6]);
  assert.deepEqual(reduce(state, caughtUp(aRun(), { episodes: [{ episode: 99 }] })).older, []);
});

test("records behind a hole replace those before it", () => {
  const state = after(...showing(aRun(), [{ episode: 1 }]), caughtUp(aRun(), { episodes: [{ episode: 7 }] }));
  assert.deepEqual(numbers(state), [7]);
});

test("the state given is never changed", () => {
  const before = after(...showing(aRun(), [{ episode: 1 }], [{ number: 1 }]));
  const copy = structuredClone(before);
  [progress(10, 1), episode(2, 1), evaluation(2, 1), episode(7, 7), { type: "show", runId: null }].forEach((action) =>
    reduce(before, action),
  );
  assert.deepEqual(before, copy);
});

test("a run that went back drops its records and asks for all of them again", () => {
  const known = showing(aRun({ rewinds: 0, sequence: 5 }), [{ episode: 1 }, { episode: 2 }], [{ number: 1 }]);
  const rewound = aRun({ rewinds: 1, sequence: 6, episodes: 1 });
  for (const state of [
    after(...known, event("run_status", 6, { run: rewound })),
    after(...known, { type: "run_received", run: rewound }),
    after(...known, event("episode", 9, { episode: 9 }), caughtUp(rewound, { episodes: [{ episode: 9 }] })),
  ]) {
    assert.deepEqual(numbers(state), []);
    assert.deepEqual(evaluated(state), []);
    assert.equal(state.isBehind, true);
    assert.equal(state.run, null);
    const again = reduce(
      state,
      caughtUp(aRun({ rewinds: 1, sequence: 9, episodes: 2 }), { episodes: [{ episode: 1 }] }),
    );
    assert.deepEqual(numbers(again), [1]);
    assert.equal(again.isBehind, false);
    assert.equal(again.sequence, 9);
  }
});

test("a status that could not be stored is shown under the last event's number", () => {
  const paused = aRun({ status: "paused", reason: "The database could not be written", sequence: 2 });
  const state = after(...showing(), progress(10, 1), episode(1, 2), event("run_status", 2, { run: paused }));
  assert.equal(state.run.status, "paused");
  assert.equal(state.sequence, 2);
  const next = reduce(state, episode(2, 3));
  assert.deepEqual(numbers(next), [1, 2]);
  assert.equal(reduce(next, event("run_status", 2, { run: paused })).run.status, "paused");
  assert.equal(reduce(next, event("run_status", 1, { run: aRun({ status: "stopped" }) })).run.status, "paused");
});
