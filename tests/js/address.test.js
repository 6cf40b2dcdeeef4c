import assert from "node:assert/strict";
import { test } from "node:test";

import { createAddress } from "../../static/js/address.js";

function aBrowser(hash) {
  const location = { hash };
  return { location, history: { replaceState: (data, unused, url) => (location.hash = url) } };
}

const showing = (runId, opened = null) => ({ shownRunId: runId, opened });

test("the address names what is shown although nobody chose it", () => {
  const browser = aBrowser("");
  createAddress(browser).show(showing("r1", { kind: "evaluation", number: 2 }));
  assert.equal(browser.location.hash, "#run=r1&evaluation=2");
});

test("an address that has not been followed yet is not overwritten", () => {
  const browser = aBrowser("#run=r1&episode=2");
  const address = createAddress(browser);
  address.follow();
  browser.location.hash = "#run=r1"; // the inspector was closed
  address.show(showing("r1", { kind: "episode", number: 2 })); // a frame comes before the announcement
  assert.equal(browser.location.hash, "#run=r1");
  assert.deepEqual(address.follow(), { runId: "r1", opened: null });
});

test("an address is left alone while no run is shown", () => {
  const browser = aBrowser("#elsewhere");
  createAddress(browser).show(showing(null));
  assert.equal(browser.location.hash, "#elsewhere");
});
