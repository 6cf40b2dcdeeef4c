import assert from "node:assert/strict";
import { test } from "node:test";

import { chartFigure } from "../../static/js/charts.js";
import { fileName, imageOf } from "../../static/js/save_image.js";

const COLOURS = { surface: "rgb(1, 2, 3)", ink: "rgb(9, 9, 9)" };

test("an image has a ground, a title and room for it, and leaves the figure alone", () => {
  const figure = { data: [{ name: "Reward" }], layout: { margin: { t: 10, l: 46 }, paper_bgcolor: "none" } };
  const copy = structuredClone(figure);
  const { layout } = imageOf(figure, "Reward · run", COLOURS);
  assert.deepEqual(figure, copy);
  assert.equal(layout.paper_bgcolor, COLOURS.surface);
  assert.equal(layout.title.text, "Reward · run");
  assert.equal(layout.margin.l, 46);
  assert.ok(layout.margin.t > 10);
  assert.equal(layout.showlegend, false);
});

test("several named lines get a key, the raw ones behind smoothed lines none", () => {
  const line = (name, showlegend) => ({ name, showlegend });
  const keyed = (...data) => imageOf({ data, layout: {} }, "", COLOURS).layout.showlegend;
  assert.equal(keyed(line("a"), line("b")), true);
  assert.equal(keyed(line("a", false), line("a")), false);
  assert.equal(keyed(line("a", false), line("paused", true)), true);
});

test("the key to a saved curve of a run tells the marks, as the page's does, and no line in the colour of its first point", () => {
  const points = {
    ...{ axis: { name: "episode", title: "episode" }, range: null, gate: 2, x: [1, 2], y: [0, 3], average: [], cut: [null, null] },
    ...{ episodes: [1, 2], phases: ["warmup", "learning"], marks: [{ x: 2, kind: "pause", level: 0, text: "" }] },
  };
  const figure = chartFigure({ name: "reward", label: "Reward" }, points, { smoothing: 0, isLog: false }, COLOURS);
  const { data, layout } = imageOf(figure, "Reward · run", COLOURS);
  assert.equal(layout.showlegend, true);
  assert.deepEqual(data.filter(({ showlegend }) => showlegend !== false).map(({ name }) => name), ["paused"]);
});

test("shapes that need a key get one, the others none", () => {
  const keyed = (...shapes) => imageOf({ data: [{ name: "price" }], layout: { shapes } }, "", COLOURS).layout.showlegend;
  assert.equal(keyed({ name: "train", showlegend: true }), true);
  assert.equal(keyed({ name: "gate" }), false);
});

test("a file's name has nothing that a file system could refuse", () => {
  assert.equal(fileName("Sharpe · ../run 3: <b>"), "sharpe-run-3-b");
  assert.equal(fileName("·"), "chart");
});
