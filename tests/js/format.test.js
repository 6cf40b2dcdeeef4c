import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as format from "../../static/js/format.js";
import { metricHelp, metricText, metricTextWithUnit, nameWithUnit } from "../../static/js/metrics.js";

test("an undefined number is a dash and never 0 or NaN", () => {
  for (const value of [null, undefined, NaN, Infinity, -Infinity]) {
    assert.equal(format.number(value), "–");
    assert.equal(format.figure(value), "–");
    assert.equal(format.signed(value), "–");
    assert.equal(format.duration(value), "–");
    assert.equal(format.position(value), "–");
    assert.equal(metricText("sharpe", value), "–");
  }
  assert.equal(metricTextWithUnit({ name: "reward", unit: "%" }, null), "–");
});

test("thousands are grouped and the minus is a real one", () => {
  assert.equal(format.number(1234567), "1,234,567");
  assert.equal(format.number(-1234.5, 1), "−1,234.5");
});

test("a value that rounds to zero has no sign", () => {
  assert.equal(format.number(-0.004, 2), "0.00");
  assert.equal(format.signed(0.004, 2), "0.00");
  assert.equal(format.signed(-0.004, 2), "0.00");
});

test("a figure keeps about four significant digits at every size", () => {
  assert.equal(format.figure(12345.6), "12,346");
  assert.equal(format.figure(123.456), "123.5");
  assert.equal(format.figure(12.3456), "12.35");
  assert.equal(format.figure(0.0123456), "0.012");
  assert.equal(format.figure(0.00446), "0.00446");
  assert.equal(format.figure(-0.000123456), "−0.000123");
  assert.equal(format.figure(0.0000123456), "1.23e−5");
  assert.equal(format.figure(5000), "5,000");
  assert.equal(format.figure(-0.5), "−0.500");
});

test("nothing is done to 100 % before all of it is", () => {
  assert.equal(format.share(0, 500), "0 %");
  assert.equal(format.share(99_999, 100_000), "99 %");
  assert.equal(format.share(100_000, 100_000), "100 %");
});

test("a price keeps six significant digits, and at least its cents", () => {
  assert.equal(format.price(1234.5), "1,234.50");
  assert.equal(format.price(123456.789), "123,456.79");
  assert.equal(format.price(95.12345), "95.1235");
  assert.equal(format.price(1.08765), "1.08765");
  assert.equal(format.price(0.00123456), "0.00123456");
  assert.equal(format.price(0.000000123), "0.00000012");
  assert.equal(format.price(null), "–");
});

test("a plain number has no padding", () => {
  assert.equal(format.plain(0.1), "0.1");
  assert.equal(format.plain(1e8), "100,000,000");
  assert.equal(format.plain(-100), "−100");
});

test("durations carry into the next unit", () => {
  assert.equal(format.duration(0), "0 s");
  assert.equal(format.duration(59.4), "59 s");
  assert.equal(format.duration(59.6), "1 min 00 s");
  assert.equal(format.duration(200), "3 min 20 s");
  assert.equal(format.duration(3599.7), "1 h 00 min");
  assert.equal(format.duration(7500), "2 h 05 min");
  assert.equal(format.duration(100 * 3600), "4 d 4 h");
});

test("seconds between two times run on while the second is missing", () => {
  assert.equal(format.secondsBetween("2026-01-01T00:00:00Z", "2026-01-01T00:01:30Z", 0), 90);
  assert.equal(format.secondsBetween("2026-01-01T00:00:00Z", null, Date.parse("2026-01-01T00:00:05Z")), 5);
  assert.equal(format.secondsBetween(null, null, 0), null);
});

test("a time has its date, one of another year its year too", () => {
  const now = new Date(2026, 10, 24, 1, 0, 0);
  const at = (...parts) => new Date(2026, ...parts).toISOString();
  assert.equal(format.moment(at(10, 24, 0, 30, 5), now), "24 Nov, 00:30:05");
  assert.equal(format.moment(at(-1, 24, 0, 30, 5), now), "24 Dec 2025, 00:30:05");
  assert.equal(format.moment(null), "–");
});

test("a position reads as direction and share of equity", () => {
  assert.equal(format.position(0.424), "long 42 %");
  assert.equal(format.position(-1), "short 100 %");
  assert.equal(format.position(0.001), "flat");
});

test("counts agree with their noun", () => {
  assert.equal(format.counted(1, "episode"), "1 episode");
  assert.equal(format.counted(1200, "episode"), "1,200 episodes");
});

test("each metric reads in its own way", () => {
  assert.equal(metricText("reward", 1.234), "+1.23");
  assert.equal(metricText("trades", 1234), "1,234");
  assert.equal(metricText("action_std", 0.6126), "0.613");
  assert.equal(metricText("final_equity", 99999.6), "100,000");
  assert.equal(metricText("anything_else", 0.5), "0.500");
  assert.equal(metricTextWithUnit({ name: "return_pct", unit: "%" }, 12.5), "+12.50 %");
});

test("the report and the page write the same words", () => {
  const cases = JSON.parse(readFileSync(new URL("../words.json", import.meta.url), "utf-8"));
  for (const [seconds, text] of cases.durations) assert.equal(format.duration(seconds), text);
  for (const [value, text] of cases.signed) assert.equal(format.signed(value, 0), text);
});

test("a metric is named with what it counts in, as the catalog has it", () => {
  assert.equal(nameWithUnit({ label: "Sharpe", unit: "annualised" }), "Sharpe, annualised");
  assert.equal(nameWithUnit({ label: "Trades", unit: "" }), "Trades");
  assert.equal(metricHelp({ label: "Turnover", unit: "of equity", help: "Traded." }), "Turnover, of equity. Traded.");
  assert.equal(metricHelp({ label: "Trades", unit: "", help: "Executed." }), "Executed.");
});
