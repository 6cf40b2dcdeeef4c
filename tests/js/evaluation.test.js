import assert from "node:assert/strict";
import { test } from "node:test";

import { fromEpisodes } from "../../static/js/curves/curve.js";
import { evaluationFigure } from "../../static/js/evaluation_chart.js";
import {
  benchmarkLines,
  columns,
  evaluationTitle,
  ofWindow,
  rows,
  sharpePoints,
  sharpeText,
} from "../../static/js/evaluation_data.js";
import { describeEvaluation, describePending, describeWaiting, pText, verdict } from "../../static/js/evaluation_text.js";
import { missingEpisodes } from "../../static/js/episodes.js";
import { factsOf, KINDS, neighbours } from "../../static/js/inspect/kinds.js";
import { metricText } from "../../static/js/metrics.js";
import { tracking } from "../../static/js/tracked.js";

const METRICS = [
  { name: "return_pct", label: "Return", unit: "%" },
  { name: "sharpe", label: "Sharpe", unit: "annualised" },
  { name: "sharpe_standard_error", label: "± s.e.", unit: "annualised" },
  { name: "deflated_sharpe", label: "DSR", unit: "probability" },
];
const NO_DIFFERENCE = { estimate: -0.61, low: -1.39, high: 0.06, p_value: 0.09 };

/** With the spaces that do not break written as plain ones. */
const spaced = (text) => text.replaceAll("\u00a0", " ");

const contestant = (name, label, sharpe, error = 0.49) => ({
  name,
  label,
  metrics: { return_pct: 1.5, sharpe, sharpe_standard_error: error, deflated_sharpe: 0.31, exposure: 0.5 },
});

function anEvaluation(number, more = {}) {
  return {
    number,
    episode: number + 1,
    step: 1000 * (number + 1),
    window: "validation",
    fill_mode: "next_open",
    trials: 12,
    policy: contestant("policy", "Policy", 0.25),
    variants: [contestant("no costs", "no costs", 0.4)],
    baselines: [
      contestant("flat", "Flat", null, null),
      contestant("buy_and_hold", "Buy & hold", 0.86),
      contestant("vol_target", "Volatility target 10 %", 0.76),
    ],
    comparisons: { buy_and_hold: { sharpe: NO_DIFFERENCE, log_return: null, block_bars: 5 }, vol_target: null },
    superior_ability: 0.42,
    ...more,
  };
}

test("an evaluation reads as figures, differences and what they show", () => {
  assert.deepEqual(describeEvaluation(anEvaluation(1)).map(spaced), [
    "Validation, policy after episode 2 (step 2,000): Sharpe 0.25 ± 0.49. Against buy & hold −0.61 [−1.39, +0.06], p = 0.09: no evidence of a difference. " +
      "Against the volatility target nothing can be tested on these bars.",
    "DSR 0.31 after 12 trials in all runs. SPA p = 0.42: no evidence that any strategy in the table earns more than " +
      "buy & hold. Orders are filled at the next bar's open.",
  ]);
});

test("the test window says how often it was looked at", () => {
  const opening = (more) => describeEvaluation(anEvaluation(1, { window: "test", ...more }))[0].split(":")[0];
  assert.equal(opening({ looks: 1 }), "Test, policy after episode 2 (step 2,000), looked at once by this run");
  assert.equal(opening({ looks: 2 }), "Test, policy after episode 2 (step 2,000), looked at 2 times by this run, so not unseen any more");
  assert.equal(opening({}), "Test, policy after episode 2 (step 2,000), looked at once by this run"); // as an earlier version stored it
});

test("a policy that held nothing has no Sharpe, no DSR, and growth to compare instead", () => {
  const policy = { metrics: { sharpe: null, sharpe_standard_error: null, deflated_sharpe: null, exposure: 0 } };
  const growth = { sharpe: null, log_return: { estimate: -0.12, low: -0.2, high: -0.04, p_value: 0.002 } };
  const flat = anEvaluation(1, { policy, comparisons: { buy_and_hold: growth }, superior_ability: null });
  const [finding, context] = describeEvaluation(flat).map(spaced);
  assert.match(finding, /^Validation, policy after .*: the policy held no position, so it has no Sharpe\. Against buy & hold −0\.12 /);
  assert.match(finding, /\[−0\.20, −0\.04\] in log growth a year, p = 0\.002: evidence that the policy is worse\./);
  assert.equal(context, "Orders are filled at the next bar's open.");
});

test("a difference is evidence only where interval and p-value agree", () => {
  const difference = { estimate: 0.6, low: 0.1, high: 1.1, p_value: 0.02 };
  assert.equal(verdict(difference, 1), "evidence that the policy is better");
  assert.equal(verdict(difference, 12), "evidence that the policy is better, not corrected for 12 trials");
  assert.equal(verdict({ ...difference, low: -0.01 }, 1), "borderline, no clear evidence of a difference");
  assert.equal(verdict({ ...difference, p_value: 0.05 }, 1), "borderline, no clear evidence of a difference");
  assert.equal(verdict(NO_DIFFERENCE, 1), "no evidence of a difference");
  assert.equal(verdict({ estimate: -1, low: -2, high: -0.1, p_value: 0.01 }, 12), "evidence that the policy is worse");
});

test("a small SPA p-value is not read as the policy's own merit", () => {
  const [, context] = describeEvaluation(anEvaluation(1, { superior_ability: 0.0004 })).map(spaced);
  assert.match(context, /SPA p < 0\.001: at least one strategy in the table .* need not be the policy\./);
});

test("p-values have two significant digits and are never 0", () => {
  assert.equal(spaced(pText(0.094)), "p = 0.094");
  assert.equal(spaced(pText(0.5)), "p = 0.5");
  assert.equal(spaced(pText(0)), "p < 0.001");
  assert.equal(spaced(pText(1)), "p = 1");
});

test("a panel without evaluations says when the first one comes, or why there is none", () => {
  assert.match(describeWaiting(null), /after the first learning episode\.$/);
  const run = (status, every) => ({ status, config: { evaluate_every_episodes: every } });
  assert.match(describeWaiting(run("running", 1)), /after the first learning episode\.$/);
  assert.match(describeWaiting(run("paused", 5)), /first learning episode whose number is divisible by 5\.$/);
  assert.match(describeWaiting(run("failed", 1)), /^This run has no evaluation/);
});

test("a run that is trained but has not ended says what it waits for", () => {
  assert.match(describePending({ status: "evaluating" }), /^Evaluating the final policy/);
  for (const status of ["running", "stopping", "finished"]) assert.equal(describePending({ status }), "");
  assert.equal(describePending(null), "");
});

test("a Sharpe ratio stands with its standard error or is a dash", () => {
  assert.equal(sharpeText({ sharpe: 0.254, sharpe_standard_error: 0.486 }), "0.25 ± 0.49");
  assert.equal(sharpeText({ sharpe: -0.254, sharpe_standard_error: 0.486 }), "−0.25 ± 0.49");
  assert.equal(sharpeText({ sharpe: null, sharpe_standard_error: null }), "–");
});

test("a probability is never shown as certain", () => {
  assert.equal(metricText("deflated_sharpe", 0.314), "0.31");
  assert.equal(metricText("deflated_sharpe", 0.9999), "> 0.99");
  assert.equal(metricText("probabilistic_sharpe", 0.0001), "< 0.01");
  assert.equal(metricText("probabilistic_sharpe", null), "–");
});

test("columns follow the catalog, with the standard error in the Sharpe column", () => {
  const shown = columns(METRICS);
  assert.deepEqual(
    shown.map(({ head }) => head),
    ["Return", "Sharpe ± s.e.", "DSR"],
  );
  const { metrics } = anEvaluation(1).policy;
  assert.deepEqual(
    shown.map(({ cell }) => cell(metrics)),
    ["+1.50 %", "0.25 ± 0.49", "0.31"],
  );
});

test("rows are the policy, its variants, then the baselines", () => {
  const shown = rows(anEvaluation(1)).map(({ kind, label }) => [kind, label]);
  assert.deepEqual(shown.slice(0, 3), [
    ["policy", "Policy"],
    ["variant", "no costs"],
    ["baseline", "Flat"],
  ]);
  assert.equal(shown.length, 5);
});

test("points lie at their episode or step, and an undefined Sharpe is a gap without an error bar", () => {
  const flat = anEvaluation(2, { policy: contestant("policy", "Policy", null, null) });
  const trained = fromEpisodes([{ episode: 9, first_step: 8000, steps: 1000, ended_at: "1970-01-01T00:03:00Z" }], "reward");
  const { axis, end, ...points } = sharpePoints([anEvaluation(1), flat], "episode", 0, trained);
  assert.deepEqual([axis.title, end], ["episode", 9]); // as far as the curves of training
  assert.deepEqual(points, { x: [2, 3], y: [0.25, null], errors: [0.49, null], numbers: [1, 2], episodes: [2, 3] });
  assert.deepEqual(sharpePoints([anEvaluation(1), flat], "step", 0, fromEpisodes([], "reward")).x, [2000, 3000]);
});

test("the figure draws error bars, the newest evaluation's two benchmarks, and what people did", () => {
  const moved = [contestant("buy_and_hold", "Buy & hold", 0.9), contestant("vol_target", "Volatility target 10 %", null)];
  const list = [{ kind: "stop", step: 2500, text: "Stopped" }];
  const episode = { episode: 3, first_step: 0, steps: 3000, ended_at: "1970-01-01T00:03:00Z" };
  const state = { ...tracking(), episodes: [episode], view: { axis: "step", zoom: null }, actions: { list, isKnown: true } };
  const { data, layout } = evaluationFigure([anEvaluation(1), anEvaluation(2, { baselines: moved })], state, {});
  assert.deepEqual(data[0].error_y.array, [0.49, 0.49]);
  assert.deepEqual(data[0].customdata, [1, 2]);
  assert.deepEqual(
    layout.shapes.map(({ name, y0, y1 }) => [name, y0, y1]),
    [
      ["Buy & hold", 0.9, 0.9],
      [undefined, 0, 1],
    ],
  );
  assert.deepEqual([data[1].x, data[1].text], [[2500], ["Stopped, step 2,500"]]);
  assert.deepEqual(
    benchmarkLines(anEvaluation(1)).map(({ sharpe }) => sharpe),
    [0.86, 0.76],
  );
});

test("one walks through the evaluations of one window only", () => {
  const evaluations = [anEvaluation(1), anEvaluation(2), anEvaluation(3, { window: "test" })];
  const at = (number) => neighbours({ evaluations, opened: { kind: "evaluation", number } });
  assert.deepEqual(at(1), { previous: null, next: 2 });
  assert.deepEqual(at(2), { previous: 1, next: null });
  assert.deepEqual(at(3), { previous: null, next: null });
  assert.deepEqual(at(9), { previous: null, next: null });
  assert.deepEqual(ofWindow(evaluations, "test"), [evaluations[2]]);
});

test("one walks through all episodes of the run, also those that the page has not loaded", () => {
  const episodes = [{ episode: 799 }, { episode: 800 }];
  const at = (number, run = { episodes: 800 }) => neighbours({ run, episodes, opened: { kind: "episode", number } });
  assert.deepEqual(at(100), { previous: 99, next: 101 });
  assert.deepEqual(at(1), { previous: null, next: 2 });
  assert.deepEqual(at(800), { previous: 799, next: null });
  assert.deepEqual(at(5000), { previous: 800, next: null });
  assert.deepEqual(at(1, null), { previous: null, next: null });
});

test("the episodes that a longer table lacks are asked for, and no others", () => {
  assert.deepEqual(missingEpisodes(700, 500, 800), { after: 100, upTo: 300 });
  assert.deepEqual(missingEpisodes(1200, 500, 800), { after: 0, upTo: 300 });
  assert.equal(missingEpisodes(400, 500, 800), null);
  assert.equal(missingEpisodes(700, 800, 800), null);
});

test("the inspector names what it shows", () => {
  const evaluations = [anEvaluation(3), anEvaluation(4, { window: "test" })];
  assert.equal(evaluationTitle(evaluations[0]), "Validation after episode 4");
  assert.equal(KINDS.evaluation.title({ evaluations }, 4), "Test");
  assert.equal(KINDS.evaluation.title({ evaluations }, 9), "Evaluation 9");
  assert.equal(KINDS.episode.title({}, 2), "Episode 2");
});

test("the inspector sums an evaluation up by the catalog's metrics", () => {
  const { first, rest } = factsOf(KINDS.evaluation, { evaluation: anEvaluation(3) }, { evaluation_metrics: METRICS });
  const shown = Object.fromEntries([...first, ...rest].map(({ label, value }) => [label, value]));
  assert.equal(shown["Policy of episode"], "4");
  assert.equal(shown["Trained for"], "4,000 steps");
  assert.equal(shown.Return, "+1.50 %");
  assert.equal(shown.DSR, "0.31");
});
