/** The page's state is kept complete: against a server that is only answers by path, with the real store and reducer. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { fetchRun, orderRun } from "../../static/js/api.js";
import { initialState, reduce } from "../../static/js/reducer.js";
import { createStore } from "../../static/js/store.js";
import { createSync } from "../../static/js/sync.js";

const RETRY_MS = 2_000;
const settle = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const episode = (number) => ({ episode: number, reward: number, first_step: 10 * number, steps: 10 });
const evaluation = (number) => ({ number, episode: number, window: "validation" });

function aRun(runId, more = {}) {
  const config = { dataset: "sp500", seed: 0 };
  return { run_id: runId, config, status: "running", sequence: 2, boot_id: "boot-1", episodes: 2, rewinds: 0, ...more };
}

/**
 * A server with runs "new" and "old", of two episodes and one evaluation each. `asked` are the paths in order, `broken`
 * answers by path instead: a status, 0 for a connection that breaks, or a promise to wait for.
 */
function aServer() {
  const server = {
    bootId: "boot-1",
    runs: [aRun("new"), aRun("old")],
    episodes: [episode(1), episode(2)],
    evaluations: [evaluation(1)],
    best: {},
    atOnce: 1_000, // episodes in an answer
    total: 1, // points of a curve, of which one is told
    asked: [],
    broken: {},
  };
  const catalog = { parameters: [], metrics: [{ name: "reward", chart: true }], evaluation_metrics: [{ name: "sharpe" }] };
  const later = (records, name, query) => records.filter((record) => record[name] > Number(query.get("after")));
  const answers = {
    "/api/health": () => ({ boot_id: server.bootId }),
    "/api/catalog": () => catalog,
    "/api/labels": () => ({ labels: [], best_validation_sharpes: server.best }),
    "/api/runs": () => ({ runs: server.runs }),
    episodes(query) {
      const found = later(server.episodes, "episode", query);
      return { episodes: found.slice(0, server.atOnce), has_more: found.length > server.atOnce };
    },
    evaluations: (query) => ({ evaluations: later(server.evaluations, "number", query) }),
    actions: () => ({ actions: [] }),
    series: () => ({ metrics: { reward: { episode: [1], step: [10], time_ms: [0], value: [1], total: server.total } } }),
  };
  const runAnswer = (runId) => ({ run: server.runs.find(({ run_id: own }) => own === runId) });

  globalThis.fetch = async (path) => {
    server.asked.push(path);
    const [name, query] = path.split("?");
    const [, runId, part] = /^\/api\/runs\/([^/]+)\/?(.*)$/.exec(name) ?? [];
    const body = () => (runId && !part ? runAnswer(runId) : answers[part ?? name](new URLSearchParams(query)));
    const answer = server.broken[name] instanceof Promise ? body() : null; // read before the wait
    const status = await (server.broken[name] ?? 200);
    if (status === 0) throw new TypeError("network");
    const error = { error: { code: "any", message: `status ${status}` } };
    return { ok: status === 200, status, json: async () => (status === 200 ? (answer ?? body()) : error) };
  };
  return server;
}

/** A page that talks to a server of its own, live unless told otherwise. */
function aPage({ isConnected = true } = {}) {
  const server = aServer();
  const store = createStore(reduce, initialState());
  const sync = createSync(store);
  const connect = (/** @type {boolean} */ is) => store.dispatch({ type: "connection", isConnected: is, at: 0 });
  const hear = (name, sequence, body, bootId = "boot-1") =>
    store.dispatch({ type: "event", name, at: 0, payload: { run_id: "new", boot_id: bootId, sequence, ...body } });
  connect(isConnected);
  return { server, store, sync, connect, hear };
}

async function aLoadedPage() {
  const page = aPage();
  await page.sync.refresh();
  await settle();
  page.server.asked.length = 0;
  return page;
}

const numbers = ({ episodes }) => episodes.map(({ episode: number }) => number);

/** A promise and what resolves it. */
function aDelay() {
  let end;
  const delay = new Promise((resolve) => (end = resolve));
  return { delay, end };
}

beforeEach(() => {
  globalThis.requestAnimationFrame = () => 1; // nothing is drawn
});

test("on connecting, lists come first, then the newest run with its records, and no other run", async () => {
  const { server, store, sync } = aPage();
  await sync.refresh();
  await settle();
  const { shownRunId, isBehind, runs, catalog, bootId, failure, actions } = store.state;
  assert.deepEqual([shownRunId, isBehind, bootId, failure], ["new", false, "boot-1", ""]);
  assert.deepEqual([runs.length, catalog.metrics.length, actions.isKnown], [2, 1, true]);
  assert.deepEqual(numbers(store.state), [1, 2]);
  const place = (path) => server.asked.indexOf(path);
  assert.ok(place("/api/runs") < place("/api/runs/new"));
  assert.ok(place("/api/runs/new") < place("/api/runs/new/episodes?after=0"), "records are never older than the run");
  assert.ok(!server.asked.some((path) => path.startsWith("/api/runs/old")));
});

test("of a long run only the newest records are asked for, with curves of those before", async () => {
  const { server, store, sync } = aPage();
  server.runs[0].episodes = 1000;
  server.episodes = Array.from({ length: 1000 }, (_, index) => episode(index + 1));
  await sync.refresh();
  await settle();
  assert.ok(server.asked.includes("/api/runs/new/episodes?after=800"));
  assert.ok(server.asked.includes("/api/runs/new/series?up_to=800"));
  assert.deepEqual([store.state.episodes[0].episode, store.state.history.reward.upTo], [801, 800]);
});

test("a long line that is smoothed is asked for once with each weight, and no more without", async () => {
  const { server, store, sync } = aPage();
  server.runs[0].episodes = 1000;
  server.total = 800;
  server.episodes = Array.from({ length: 1000 }, (_, index) => episode(index + 1));
  await sync.refresh();
  await settle();
  server.asked.length = 0;
  for (const smoothing of [0.5, 0.5, 0.9, 0]) {
    store.dispatch({ type: "view", change: { smoothing } });
    await settle();
  }
  const path = "/api/runs/new/series?metrics=reward&up_to=800&smoothing=";
  assert.deepEqual(server.asked, [`${path}0.5`, `${path}0.9`]);
  assert.equal(store.state.history.reward.smoothing, 0.9);
});

test("a gap between events is closed with what is newer alone, each record once and in order", async () => {
  const { server, store, hear } = await aLoadedPage();
  server.episodes.push(episode(3), episode(4));
  server.runs[0] = aRun("new", { sequence: 4, episodes: 4 });
  hear("episode", 5, episode(5)); // 3 and 4 were not heard
  assert.equal(store.state.isBehind, true);
  server.episodes.push(episode(5));
  await settle();
  assert.deepEqual(numbers(store.state), [1, 2, 3, 4, 5]);
  assert.deepEqual([store.state.isBehind, store.state.sequence], [false, 5]);
  assert.deepEqual(server.asked, [
    "/api/runs/new",
    "/api/runs/new/episodes?after=2",
    "/api/runs/new/evaluations?after=1&tables=newest",
  ]);
});

test("a gap of more episodes than an answer has is closed in several", async () => {
  const { server, store, hear } = await aLoadedPage();
  server.atOnce = 2;
  for (const number of [3, 4, 5, 6, 7]) server.episodes.push(episode(number));
  server.runs[0] = aRun("new", { sequence: 7, episodes: 7 });
  hear("episode", 7, episode(7));
  await settle();
  await settle();
  assert.deepEqual(numbers(store.state), [1, 2, 3, 4, 5, 6, 7]);
  const path = "/api/runs/new/episodes?after=";
  assert.deepEqual(server.asked.filter((one) => one.startsWith(path)), [`${path}2`, `${path}4`, `${path}6`]);
});

test("an event without a gap asks for nothing", async () => {
  const { server, store, hear } = await aLoadedPage();
  hear("episode", 3, episode(3));
  await settle();
  assert.deepEqual(numbers(store.state), [1, 2, 3]);
  assert.deepEqual(server.asked, []);
});

test("what another server process says replaces everything, whether an event or the greeting tells of it", async () => {
  for (const learn of [
    ({ hear }) => hear("episode", 3, episode(3), "boot-2"),
    ({ sync }) => sync.refresh({ isAfterGap: true }),
  ]) {
    const page = await aLoadedPage();
    const { server, store } = page;
    server.bootId = "boot-2";
    server.runs = [aRun("new", { sequence: 1, episodes: 1, boot_id: "boot-2" })]; // the last events were lost with it
    server.episodes = [episode(1)];
    await learn(page);
    await settle();
    assert.deepEqual([store.state.bootId, store.state.isBehind, numbers(store.state)], ["boot-2", false, [1]]);
    assert.ok(server.asked.includes("/api/runs/new/episodes?after=0"), "all is asked for again");
  }
});

test("a wake-up after events were missed asks for what is newer, although none of them told of it", async () => {
  const { server, store, sync, connect } = await aLoadedPage();
  connect(false);
  server.runs[0] = aRun("new", { sequence: 9, episodes: 3, status: "finished" });
  server.episodes.push(episode(3));
  connect(true);
  await sync.refresh({ isAfterGap: true });
  await settle();
  assert.deepEqual([store.state.run.status, store.state.isBehind, numbers(store.state)], ["finished", false, [1, 2, 3]]);
  assert.ok(server.asked.includes("/api/runs/new/episodes?after=2"));
  assert.ok(server.asked.includes("/api/runs/new/actions"));
  assert.ok(!server.asked.includes("/api/catalog"), "it is known");
});

test("an answer that was under way when the connection was lost does not count as caught up", async () => {
  const { server, store, sync } = await aLoadedPage();
  const { delay, end } = aDelay();
  server.broken["/api/runs/new"] = delay;
  await sync.refresh({ isAfterGap: true });
  await settle(); // the run is read as it still trains
  server.runs[0] = aRun("new", { sequence: 20, status: "finished" });
  await sync.refresh({ isAfterGap: true });
  delete server.broken["/api/runs/new"];
  end(200);
  await settle();
  await settle();
  assert.deepEqual([store.state.run.status, store.state.sequence], ["finished", 20]);
});

test("a first load that fails says why, and polling mends it", async () => {
  const { server, store, sync } = aPage();
  server.broken["/api/runs"] = 0;
  await sync.refresh();
  assert.match(store.state.failure, /cannot be reached/);
  assert.equal(store.state.runs, null);
  delete server.broken["/api/runs"];
  await sync.poll();
  await settle();
  assert.deepEqual([store.state.failure, store.state.shownRunId], ["", "new"]);
  server.asked.length = 0;
  await sync.poll();
  assert.deepEqual(server.asked, [], "events tell the rest");
});

test("a catalog that came twice, as the page connected while it loaded, is taken once", async () => {
  const { server, store, sync } = aPage();
  const [first, second] = [aDelay(), aDelay()];
  server.broken["/api/catalog"] = first.delay;
  const loading = sync.refresh();
  await settle();
  server.broken["/api/catalog"] = second.delay;
  const connecting = sync.refresh({ isAfterGap: true });
  first.end(200);
  await loading;
  const { catalog } = store.state;
  assert.notEqual(catalog, null);

  second.end(200);
  await connecting;

  assert.equal(store.state.catalog, catalog, "a form that was made of it would be made anew under somebody's hands");
});

test("a failing catalog is asked for again although the lists have come after it", async () => {
  const { server, store, sync } = aPage();
  const { delay, end } = aDelay();
  server.broken["/api/catalog"] = 503;
  server.broken["/api/runs"] = delay;
  const loading = sync.refresh();
  await settle();
  end(200);
  await loading;
  await settle();
  assert.match(store.state.failure, /503/);
  server.broken = {};
  await sync.poll();
  assert.notEqual(store.state.catalog, null);
  assert.equal(store.state.failure, "");
});

test("without events polling asks for everything that they would tell, and tells lost from polling", async () => {
  const { server, store, sync, connect } = await aLoadedPage();
  connect(false);
  server.episodes.push(episode(3));
  server.runs[0] = aRun("new", { sequence: 3, episodes: 3 });
  await sync.poll();
  await settle();
  assert.deepEqual([store.state.connection, numbers(store.state)], ["polling", [1, 2, 3]]);
  server.broken["/api/health"] = 0;
  await sync.poll();
  assert.equal(store.state.connection, "disconnected");
});

test("a run whose records cannot be had is asked for again later, with the reason in the meantime", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { server, store, sync } = aPage();
  server.broken["/api/runs/new/episodes"] = 0;
  await sync.refresh();
  await settle();
  assert.equal(store.state.run.run_id, "new", "what is known of it need not wait");
  assert.match(store.state.problem.message, /cannot be reached/);
  assert.deepEqual([store.state.problem.isFinal, store.state.isBehind], [false, true]);
  delete server.broken["/api/runs/new/episodes"];
  context.mock.timers.tick(RETRY_MS);
  await settle();
  assert.deepEqual([store.state.problem, store.state.isBehind, numbers(store.state)], [null, false, [1, 2]]);
});

test("a run that the server does not have is asked for once and holds up no other", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { server, store, sync } = aPage();
  server.broken["/api/runs/gone"] = 404;
  store.dispatch({ type: "show", runId: "gone" });
  store.dispatch({ type: "view", change: { page: "compare", selected: ["old"] } });
  await sync.refresh();
  await settle();
  context.mock.timers.tick(10 * RETRY_MS);
  await settle();
  assert.deepEqual(store.state.problem, { message: "There is no run “gone”.", isFinal: true });
  assert.equal(store.state.tracked.old.isBehind, false);
  assert.deepEqual(server.asked.filter((path) => path.startsWith("/api/runs/gone")), ["/api/runs/gone"]);
  assert.ok(!server.asked.some((path) => path.startsWith("/api/runs/old/episodes")), "a curve is enough");
});

test("of a long run beside the shown one the last episodes are asked for, with a curve of those before", async () => {
  const { server, store } = await aLoadedPage();
  server.runs[1].episodes = 3000;
  server.episodes = Array.from({ length: 3000 }, (_, index) => episode(index + 1));
  store.dispatch({ type: "view", change: { page: "compare", selected: ["new", "old"] } });
  await settle();
  await settle();
  assert.ok(server.asked.includes("/api/runs/old/episodes?after=2980"));
  assert.ok(server.asked.includes("/api/runs/old/series?metrics=reward&up_to=2980&smoothing=0"));
  assert.deepEqual([store.state.tracked.old.episodes.length, store.state.tracked.old.hasRecords], [20, false]);
});

test("the best validation of a run that went back is asked for again, also of what was asked before", async () => {
  const { server, store, sync, hear } = await aLoadedPage();
  server.best = { new: 2 };
  const { delay, end } = aDelay();
  server.broken["/api/labels"] = delay;
  const loading = sync.refresh();
  await settle(); // the labels are read before the run goes back
  server.best = { new: 0.5 };
  server.runs[0] = aRun("new", { sequence: 3, rewinds: 1 });
  hear("run_status", 3, { run: server.runs[0] });
  hear("evaluation", 4, { ...evaluation(2), policy: { metrics: { sharpe: 0.1 } } });
  delete server.broken["/api/labels"];
  end(200);
  await loading;
  await settle();
  assert.deepEqual([store.state.best, store.state.isListBehind], [{ new: 0.5 }, false]);
});

for (const isFirst of [true, false]) {
  test(`a run that starts while the ${isFirst ? "first list" : "list"} is under way is listed`, async () => {
    const { server, store, sync, hear } = isFirst ? aPage() : await aLoadedPage();
    const { delay, end } = aDelay();
    server.broken["/api/runs"] = delay;
    const loading = sync.refresh();
    await settle(); // the list is read before the run starts
    const started = aRun("started", { sequence: 1, episodes: 0 });
    server.runs = [started, ...server.runs];
    delete server.broken["/api/runs"];
    hear("run_status", 1, { run_id: "started", run: started });
    end(200);
    await loading;
    await settle();
    assert.deepEqual(store.state.runs.map(({ run_id: runId }) => runId), ["started", "new", "old"]);
    assert.equal(store.state.isListBehind, false);
  });
}

test("a run that the list lacks is asked for as soon as anything is heard of it, a deleted one is not", async () => {
  const { server, store, hear } = await aLoadedPage();
  server.runs = [aRun("started"), ...server.runs];
  hear("progress", 3, { run_id: "started", progress: { step: 1 } });
  await settle();
  assert.equal(store.state.runs[0].run_id, "started");
  server.asked.length = 0;
  hear("label", undefined, { run_id: "old", label: { run_id: "old", deleted_at: "2026-11-23T05:12:00Z" } });
  hear("progress", 3, { run_id: "old", progress: { step: 1 } });
  await settle();
  assert.ok(!server.asked.includes("/api/runs"));
});

test("a server that is slow is not called gone, and an order may still be carried out", async () => {
  globalThis.fetch = async () => {
    throw new DOMException("", "TimeoutError");
  };
  const failure = (message) => ({ message, code: "timeout", status: 0 });
  await assert.rejects(fetchRun("new"), failure("The server has not answered within 20 s."));
  const late = "The server has not answered within 60 s; it may still carry this out.";
  await assert.rejects(orderRun("new", "stop"), failure(late));
});

test("a connection that opens and stays silent is not waited for: the server is asked until events come", async () => {
  const server = aServer();
  const store = createStore(reduce, initialState());
  const sync = createSync(store);
  await sync.refresh();
  await settle();
  assert.equal(store.state.connection, "connecting");
  server.episodes.push(episode(3));
  server.runs[0] = aRun("new", { sequence: 3, episodes: 3 });
  await sync.poll();
  await settle();
  assert.deepEqual([store.state.connection, numbers(store.state)], ["polling", [1, 2, 3]]);
  store.dispatch({ type: "connection", isConnected: true, at: 0 });
  assert.equal(store.state.connection, "live");
});
