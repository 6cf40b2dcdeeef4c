import assert from "node:assert/strict";
import { test } from "node:test";

import { conditionOf, unknownName } from "../../static/js/runs/find.js";
import { settingsOf } from "../../static/js/runs/settings.js";

const PARAMETERS = [
  { name: "fee_bps", label: "Fee" },
  { name: "hidden_units", label: "Hidden units" },
  { name: "seed", label: "Seed" },
  { name: "target_entropy", label: "Target entropy" },
  { name: "rebalances_drift", label: "Rebalance drift" },
  { name: "warmup_strategy", label: "Warm-up strategy" },
];
const USUAL = { dataset: "synthetic", fee_bps: 2, hidden_units: 256, seed: 0, target_entropy: null, rebalances_drift: true };

function aRow({ config = {}, changes = [], ...more } = {}) {
  const own = { ...USUAL, warmup_strategy: "forced_neutral", ...config };
  const run = { run_id: "20261123-051200-k3f9", status: "finished", config: own, changes, episodes: 120 };
  return { run, name: "synthetic", tags: [], notes: "", highlights: [], names: "", best: 0.5, ...more, settings: settingsOf(run) };
}
const finds = (find, row) => conditionOf(find, PARAMETERS)(row);

test("a number is found as a whole number only", () => {
  const withFee = (text) => aRow({ highlights: [`Fee ${text} bp`, "Total steps 12,000", "Target entropy −1 nats"] });
  assert.ok(finds("fee 10", withFee("10")));
  for (const other of ["100", "0.10", "10.5", "110"]) assert.ok(!finds("fee 10", withFee(other)), other);
  assert.ok(finds("0.1", withFee("0.10")));
  assert.ok(finds("12000", withFee("10")) && finds("12,000", withFee("10")) && finds("-1", withFee("10")));
});

test("the digits of other words are none of their own", () => {
  assert.ok(!finds("9", aRow()));
  assert.ok(finds("k3f9", aRow()) && finds("051200-k3", aRow()));
});

test("a tag is found by its beginning, and not among other texts", () => {
  const tagged = aRow({ tags: ["Baseline", "two words"] });
  for (const find of ["tag:baseline", "TAG:base", "tag:", 'tag:"two words"']) assert.ok(finds(find, tagged), find);
  for (const find of ["tag:line", "tag:synthetic", "tag:none"]) assert.ok(!finds(find, tagged), find);
});

test("a status is found by its beginning", () => {
  for (const find of ["status:finished", "status:fin", "Status:"]) assert.ok(finds(find, aRow()), find);
  for (const find of ["status:failed", "stat:finished"]) assert.ok(!finds(find, aRow()), find);
});

test("a name that nothing has is told, with what may have been meant", () => {
  const unknown = (find) => unknownName(find, PARAMETERS);
  assert.deepEqual(unknown("fee=10 units=16"), { name: "units", similar: ["hidden_units"] });
  assert.deepEqual(unknown("TE<0"), { name: "te", similar: ["target_entropy"] });
  assert.deepEqual(unknown("colour=red"), { name: "colour", similar: [] });
  for (const find of ["fee=10", "sharpe>0", "words 10", "tag:units", ""]) assert.equal(unknown(find), null, find);
});

test("a setting is compared by its label or its name", () => {
  const row = aRow({ config: { fee_bps: 10, hidden_units: 16 } });
  const yes = ["fee=10", "Fee = 10.0", "fee_bps=10", "fee<11", "fee>=10", "fee <= 10", "hidden_units=16", '"hidden units"<17', "fee>2 fee<20"];
  for (const find of yes) assert.ok(finds(find, row), find);
  for (const find of ["fee=100", "fee=1", "fee>10", "fee<10", "hidden_units>16", "fee>2 fee<9"]) assert.ok(!finds(find, row), find);
});

test("texts, switches and what is automatic are compared as the page writes them", () => {
  for (const find of ["warmup_strategy=forced_neutral", '"warm-up strategy=forced neutral"', "rebalances_drift=on", "target_entropy=automatic"])
    assert.ok(finds(find, aRow()), find);
  for (const find of ["warmup_strategy=random", "rebalances_drift=off", "target_entropy<1"]) assert.ok(!finds(find, aRow()), find);
});

test("a setting that was changed is found by each of its values", () => {
  const row = aRow({ changes: [{ episode: 5, after: { fee_bps: 20 } }] });
  assert.ok(finds("fee=2", row) && finds("fee=20", row) && !finds("fee=10", row));
});

test("results are compared too, and what is undefined is neither more nor less", () => {
  assert.ok(finds("sharpe>0.4 episodes>=120", aRow()) && !finds("sharpe>0.5", aRow()));
  assert.ok(!finds("sharpe>-9", aRow({ best: null })) && !finds("sharpe<9", aRow({ best: null })));
});

test("a comparison without a value yet asks for nothing, and one of an unknown name is a word", () => {
  assert.ok(finds("fee=", aRow()) && finds("fee <", aRow()));
  assert.ok(!finds("colour=red", aRow()) && finds("colour=red", aRow({ notes: "colour=red" })));
});
