import assert from "node:assert/strict";
import { test } from "node:test";

import { obstacle } from "../../static/js/data_panel.js";
import { isUsable } from "../../static/js/field.js";
import { previewFigure } from "../../static/js/preview_figure.js";
import { gapText, period, previewLabel, refusal, understanding } from "../../static/js/preview_text.js";
import { sizeText } from "../../static/js/upload.js";

const SUMMARY = {
  name: "bars.csv",
  rows: 5031,
  first: "1999-01-04",
  last: "2018-12-31",
  time_zone: null,
  frequency: "1 day",
  bars_per_year: 252,
  gap_count: 0,
  gaps: [],
  has_volume: true,
  splits: [
    { name: "train", bars: 3018, first: "1999-01-04", last: "2010-12-31" },
    { name: "validation", bars: 1, first: "2011-01-03", last: "2014-12-31" },
    { name: "test", bars: 1007, first: "2015-01-02", last: "2018-12-31" },
  ],
  notes: [],
};

test("bars a year, zone, gaps and volume read in one line", () => {
  assert.equal(understanding(SUMMARY), "252 bars a year · time zone not stated · no gaps · with volume");
  assert.equal(
    understanding({ ...SUMMARY, bars_per_year: 19656.4, time_zone: "-05:00", has_volume: false }),
    "19,656 bars a year · time zone -05:00 · no gaps · without volume",
  );
});

test("a period names days, and moments where bars are shorter", () => {
  assert.equal(period(SUMMARY), "1999-01-04 – 2018-12-31");
  assert.equal(
    period({ first: "2024-01-02T14:30:00Z", last: "2024-03-01T21:00:00Z" }),
    "2024-01-02 14:30:00 – 2024-03-01 21:00:00",
  );
});

test("gaps are counted and the longest is placed", () => {
  const gap = (days) => ({ after: "2001-09-10", until: "2001-09-17", days });
  assert.equal(gapText({ gap_count: 12, gaps: [gap(7), gap(6)] }), "12 gaps, the longest of 7 days after 2001-09-10");
  assert.equal(gapText({ gap_count: 1, gaps: [gap(1)] }), "1 gap, the longest of 1 day after 2001-09-10");
  assert.equal(gapText({ gap_count: 1, gaps: [gap(0.25)] }), "1 gap, the longest of 6 hours after 2001-09-10");
  assert.equal(gapText({ gap_count: 1, gaps: [gap(1 / 96)] }), "1 gap, the longest of 15 minutes after 2001-09-10");
});

test("the chart is told in a sentence", () => {
  assert.equal(previewLabel(SUMMARY), "Price of bars.csv: train 3,018 bars, validation 1 bar, test 1,007 bars.");
});

test("a refusal is split into its heading and its faults", () => {
  assert.deepEqual(refusal("bars.csv: 2 faults:\n  line 8: open 'x'\n  line 9: close is empty"), {
    heading: "bars.csv: 2 faults:",
    faults: ["line 8: open 'x'", "line 9: close is empty"],
  });
  assert.deepEqual(refusal("bars.csv, line 8: open 'x'"), { heading: "bars.csv, line 8: open 'x'", faults: [] });
  assert.deepEqual(refusal(""), { heading: "", faults: [] });
});

test("each window is shaded from its first bar to its last in a colour of its own", () => {
  const colours = { "train-tint": "blue", "validation-tint": "violet", "test-tint": "grey" };
  const { data, layout } = previewFigure({ time_ms: [0, 1], close: [5, 6] }, SUMMARY.splits, colours);
  assert.deepEqual([data[0].x, data[0].y], [
    [0, 1],
    [5, 6],
  ]);
  assert.deepEqual(
    layout.shapes.map(({ name, fillcolor }) => [name, fillcolor]),
    [
      ["train", "blue"],
      ["validation", "violet"],
      ["test", "grey"],
    ],
  );
  assert.equal(layout.shapes[1].x0, Date.UTC(2011, 0, 3));
  assert.equal(layout.shapes[1].x1, Date.UTC(2014, 11, 31));
});

test("numbers outside their bounds cannot be used and nothing is asked with them", () => {
  const none = { minimum: null, maximum: null, exclusive_minimum: null, exclusive_maximum: null, nullable: false };
  const bars = { ...none, type: "integer", minimum: 500, maximum: 1000 };
  for (const value of [500, 1000]) assert.equal(isUsable(bars, value), true);
  for (const value of [499, 1001, 600.5, null, "many"]) assert.equal(isUsable(bars, value), false);
  const share = { ...none, type: "number", exclusive_minimum: 0, exclusive_maximum: 1, nullable: true };
  for (const value of [0.5, null]) assert.equal(isUsable(share, value), true);
  for (const value of [0, 1]) assert.equal(isUsable(share, value), false);
  assert.equal(isUsable({ ...none, type: "string" }, "2011-01-01"), true);
});

test("what keeps the bars from being shown is said", () => {
  const labels = { train_fraction: "Training share", validation_fraction: "Validation share" };
  const reason = (config, unusable) => obstacle(config, unusable, labels);
  assert.equal(reason({ dataset: "sp500", data_file: "" }, []), "");
  assert.match(reason({ dataset: "file", data_file: "" }, []), /once a file is chosen/);
  assert.equal(reason({ dataset: "file", data_file: "ab.csv" }, []), "");
  assert.match(reason({ dataset: "sp500", data_file: "" }, ["Synthetic bars"]), /Synthetic bars/);
  const split = { dataset: "sp500", train_fraction: 0.5 };
  assert.match(reason({ ...split, validation_fraction: null }, []), /both are set, or neither: Training share, Validation share/);
  assert.equal(reason({ ...split, validation_fraction: 0.2 }, []), "");
  assert.match(reason({ dataset: "sp500", validation_from: "", test_from: "2015-01-01" }, []), /both are set/);
});

test("a file's size is told in the unit that suits it", () => {
  assert.equal(sizeText(1), "1 KiB");
  assert.equal(sizeText(10_240), "10 KiB");
  assert.equal(sizeText(3.5 * 2 ** 20), "3.5 MiB");
});
