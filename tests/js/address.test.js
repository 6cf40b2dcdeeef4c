import assert from "node:assert/strict";
import { test } from "node:test";

import { createAddress } from "../../static/js/address.js";
import { initialState, reduce } from "../../static/js/reducer.js";
import { readRoute, routeTo, writeRoute } from "../../static/js/route.js";
import { DEFAULT_VIEW, MOST_SELECTED, compared, withChange, withSelected } from "../../static/js/view.js";

function aBrowser(hash) {
  const entries = [{ hash, state: null }];
  let at = 0;
  const browser = {
    scrollY: 0,
    scrollTo: (x, y) => (browser.scrollY = y),
    location: {
      get hash() {
        return entries[at].hash;
      },
      set hash(next) {
        entries.splice(++at, Infinity, { hash: next, state: null });
      },
    },
    history: {
      get state() {
        return entries[at].state;
      },
      back: () => void at--,
      pushState: (state, unused, next) => entries.splice(++at, Infinity, { hash: next, state }),
      replaceState: (state, unused, next = entries[at].hash) => (entries[at] = { hash: next, state }),
    },
    hashes: () => entries.map((entry) => entry.hash),
  };
  return browser;
}

const showing = (runId, opened = null, view = DEFAULT_VIEW) => ({ shownRunId: runId, opened, view });

test("the address names what is shown although nobody chose it", () => {
  const browser = aBrowser("");
  createAddress(browser, () => undefined).show(showing("r1", { kind: "evaluation", number: 2 }));
  assert.equal(browser.location.hash, "#run=r1&evaluation=2");
});

test("an address that has not been followed yet is not overwritten", () => {
  const browser = aBrowser("#run=r1&episode=2");
  const address = createAddress(browser, () => undefined);
  address.follow();
  browser.location.hash = "#run=r1"; // the inspector was closed
  address.show(showing("r1", { kind: "episode", number: 2 })); // a frame comes before the announcement
  assert.equal(browser.location.hash, "#run=r1");
  assert.deepEqual(address.follow(), { runId: "r1", opened: null, view: DEFAULT_VIEW });
});

test("an address is left alone while no run is shown", () => {
  const browser = aBrowser("#elsewhere");
  createAddress(browser, () => undefined).show(showing(null));
  assert.equal(browser.location.hash, "#elsewhere");
});

test("an address that changes all the time is rewritten a few times a second, the last change too", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const browser = aBrowser("");
  let due = 0;
  const address = createAddress(browser, () => (due += 1));
  address.show(showing("r1"), 0);
  address.show(showing("r2"), 100);
  address.show(showing("r3"), 200);
  assert.equal(browser.location.hash, "#run=r1");
  context.mock.timers.tick(199);
  assert.equal(due, 0);
  context.mock.timers.tick(1);
  assert.equal(due, 1, "a page on which nothing happens is drawn for it");
  address.show(showing("r3"), 300);
  assert.equal(browser.location.hash, "#run=r3");
});

test("closing goes back to the page as it was when it was covered, also right after a change", () => {
  const browser = aBrowser("");
  const address = createAddress(browser, () => undefined);
  address.follow();
  const zoomed = withChange(DEFAULT_VIEW, { zoom: [3, 9] });
  address.show(showing("r1"));
  address.show(showing("r1", null, zoomed)); // too soon
  address.settle(showing("r1", null, zoomed));
  address.enter("#run=r1&episode=16&zoom=3_9");
  assert.deepEqual(browser.hashes(), ["#run=r1&zoom=3_9", "#run=r1&episode=16&zoom=3_9"]);
  address.leave("#run=r1&zoom=3_9");
  assert.deepEqual(address.follow().view.zoom, [3, 9]);
});

test("what is opened right after a link was pressed leaves the link's address as it is", () => {
  const browser = aBrowser("#run=r1");
  const address = createAddress(browser, () => undefined);
  address.follow();
  browser.location.hash = "#run=r2"; // not announced yet
  address.settle(showing("r1", null, withChange(DEFAULT_VIEW, { zoom: [3, 9] })));
  address.enter("#run=r1&episode=16");
  assert.deepEqual(browser.hashes(), ["#run=r1", "#run=r2", "#run=r1&episode=16"]);
});

test("what is opened is one step of the history, and closing it goes back", () => {
  const browser = aBrowser("#run=r1");
  const address = createAddress(browser, () => undefined);
  address.follow();
  address.enter("#run=r1&episode=16");
  address.rewrite("#run=r1&episode=17");
  address.rewrite("#run=r1&episode=17&beside=10");
  assert.deepEqual(browser.hashes(), ["#run=r1", "#run=r1&episode=17&beside=10"]);
  address.leave("#run=r1");
  assert.equal(browser.location.hash, "#run=r1");
  assert.deepEqual(address.follow(), { runId: "r1", opened: null, view: DEFAULT_VIEW });
});

test("the address is left alone while the browser is about to go back", () => {
  const browser = aBrowser("#run=r1");
  const address = createAddress(browser, () => undefined);
  address.enter("#run=r1&episode=16");
  browser.history.back = () => undefined; // it will, later
  address.leave("#run=r1");
  address.show(showing("r1"));
  assert.equal(browser.location.hash, "#run=r1&episode=16");
});

test("what is opened while the browser is about to go back stays open", () => {
  const browser = aBrowser("#run=r1");
  const address = createAddress(browser, () => undefined);
  address.follow();
  address.enter("#run=r1&episode=16");
  const { back } = browser.history;
  browser.history.back = () => undefined; // it will, later
  address.leave("#run=r1");
  address.enter("#run=r1&episode=3");
  address.rewrite("#run=r1&episode=4");
  back();
  assert.deepEqual(address.follow().opened, { kind: "episode", number: 4 });
  assert.deepEqual(browser.hashes(), ["#run=r1", "#run=r1&episode=4"]);
  browser.history.back = back;
  address.leave("#run=r1");
  assert.deepEqual(address.follow(), { runId: "r1", opened: null, view: DEFAULT_VIEW });
});

test("what is opened and closed while the browser is about to go back is closed", () => {
  const browser = aBrowser("#run=r1");
  const address = createAddress(browser, () => undefined);
  address.follow();
  address.enter("#run=r1&episode=16");
  const { back } = browser.history;
  browser.history.back = () => undefined;
  address.leave("#run=r1");
  address.enter("#run=r1&episode=3");
  address.leave("#run=r1");
  back();
  assert.deepEqual(address.follow(), { runId: "r1", opened: null, view: DEFAULT_VIEW });
});

test("what a link has opened is closed where it is", () => {
  const browser = aBrowser("#run=r1&episode=16");
  const address = createAddress(browser, () => undefined);
  address.follow();
  address.leave("#run=r1");
  assert.deepEqual(browser.hashes(), ["#run=r1"]);
});

test("going back scrolls to where one was, and going on does not", () => {
  const browser = aBrowser("#run=r1");
  const address = createAddress(browser, () => undefined);
  address.follow();
  browser.scrollY = 900;
  browser.location.hash = "#run=r1&page=compare";
  address.follow();
  browser.scrollTo(0, 0); // it is another page
  address.scrollBack();
  assert.equal(browser.scrollY, 0);
  browser.history.back();
  address.follow();
  address.scrollBack();
  assert.equal(browser.scrollY, 900);
  browser.scrollTo(0, 30);
  address.scrollBack(); // with each frame
  assert.equal(browser.scrollY, 30);
});

test("the whole view survives a round trip", () => {
  const view = {
    ...DEFAULT_VIEW,
    page: "runs",
    selected: ["20261123-051200-k3f9", "20261123-051201-abcd"],
    axis: "time",
    zoom: [12.5, 300],
    metric: "validation.sharpe_95",
    smoothing: 0.6,
    isLog: true,
    isGrouped: true,
    sort: "best",
    find: "high fee & more",
    status: "finished",
  };
  const beside = { kind: "episode", number: 3, beside: 4, bars: [-0.5, 120.25] };
  for (const opened of [{ kind: "episode", number: 3 }, beside, { kind: "evaluation", number: 7 }, null]) {
    assert.deepEqual(readRoute(writeRoute({ runId: "r1", opened, view })), { runId: "r1", opened, view });
  }
});

test("what an address does not say, or says wrongly, is the default", () => {
  assert.deepEqual(readRoute(""), { runId: null, opened: null, view: DEFAULT_VIEW });
  assert.deepEqual(readRoute("#run").runId, null);
  assert.deepEqual(readRoute("#run=r1&episode=nonsense").opened, null);
  assert.deepEqual(readRoute("#run=r1&evaluation=-2").opened, null);
  assert.deepEqual(readRoute("#page=elsewhere&axis=<b>&sort=;drop&smooth=7&metric=%&status=weird").view, DEFAULT_VIEW);
  for (const zoom of ["5", "5_", "_5", "7_3", "1_2_3", "a_b", "0_Infinity"])
    assert.equal(readRoute(`#run=r1&zoom=${zoom}`).view.zoom, null, zoom);
  assert.equal(writeRoute({ runId: "r1" }), "#run=r1");
  for (const beside of ["3", "0", "x"])
    assert.deepEqual(readRoute(`#run=r1&episode=3&beside=${beside}&bars=${beside}`).opened, { kind: "episode", number: 3 });
});

test("a link to another run keeps the view", () => {
  const state = showing("r1", null, { ...DEFAULT_VIEW, axis: "step" });
  assert.equal(routeTo(state, { runId: "r2" }), "#run=r2&axis=step");
  assert.equal(routeTo(state, { view: { page: "runs" } }), "#run=r1&page=runs&axis=step");
});

test("a zoom belongs to its page, axis and run", () => {
  const zoomed = { ...DEFAULT_VIEW, zoom: [3, 9] };
  assert.deepEqual(withChange(zoomed, { isLog: true }).zoom, [3, 9]);
  assert.deepEqual(withChange(zoomed, { axis: "episode" }).zoom, [3, 9]);
  assert.equal(withChange(zoomed, { axis: "step" }).zoom, null);
  assert.equal(withChange(zoomed, { page: "compare" }).zoom, null);
  assert.equal(routeTo(showing("r1", null, zoomed), { runId: "r2" }), "#run=r2");
  assert.equal(routeTo(showing("r1", null, zoomed), { view: { isLog: true } }), "#run=r1&zoom=3_9&log=1");
  const comparing = showing("r1", null, { ...zoomed, page: "compare", selected: ["r1", "r2"] });
  const link = routeTo(comparing, { runId: "r2", opened: { kind: "episode", number: 4 } });
  assert.equal(link, "#run=r2&episode=4&page=compare&runs=r1.r2&zoom=3_9", "of all that are compared");
  const opened = reduce(initialState(), { type: "route", runId: null, opened: null, view: zoomed });
  const shown = reduce(opened, { type: "show", runId: "r1" });
  assert.deepEqual(shown.view.zoom, [3, 9], "of the run that the address leaves to the page");
  assert.equal(reduce(shown, { type: "show", runId: "r2" }).view.zoom, null);
});

test("runs are selected once each, in the order chosen", () => {
  const both = withSelected(withSelected(withSelected(DEFAULT_VIEW, "a", true), "b", true), "a", true);
  assert.deepEqual(both.selected, ["b", "a"]);
  assert.deepEqual(withSelected(both, "b", false).selected, ["a"]);
});

test("no more runs can be chosen than can be told apart, and none gives way to another", () => {
  const ids = Array.from({ length: MOST_SELECTED + 1 }, (_, index) => `r${index}`);
  const full = ids.reduce((view, runId) => withSelected(view, runId, true), DEFAULT_VIEW);
  assert.deepEqual(full.selected, ids.slice(0, MOST_SELECTED));
});

test("a link with more runs keeps them all, and the next is compared when one is taken out", () => {
  const ids = Array.from({ length: MOST_SELECTED + 2 }, (_, index) => `r${index}`);
  const hash = `#run=r1&runs=${ids.join(".")}`;
  const { view } = readRoute(hash);
  assert.equal(writeRoute({ runId: "r1", view }), hash);
  assert.deepEqual(compared(view), ids.slice(0, MOST_SELECTED));
  assert.deepEqual(compared(withSelected(view, "r0", false)), ids.slice(1, MOST_SELECTED + 1));
  assert.deepEqual(withSelected(view, "another", true), view);
  const { tracked } = reduce(initialState(), { type: "route", runId: "r1", opened: null, view });
  assert.deepEqual(new Set(Object.keys(tracked)), new Set(compared(view)), "no others are asked for");
});
