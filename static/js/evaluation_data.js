/** What the page shows of evaluations, as plain values: points, benchmark lines, table columns and rows, titles. */

import { axisFor } from "./curves/axes.js";
import { fromEvaluations, pick } from "./curves/curve.js";
import { keep } from "./curves/thin.js";
import { metricHelp, metricText, metricTextWithUnit } from "./metrics.js";

const MOST_POINTS = 300; // each has an error bar of its own
const ERROR = "sharpe_standard_error";

/** The baselines that the policy is tested against, in a sentence's words. */
export const BENCHMARKS = { buy_and_hold: "buy & hold", vol_target: "the volatility target" };

/** @typedef {import("./reducer.js").Evaluation} Evaluation */

/**
 * @param {Evaluation[]} evaluations
 * @param {"validation" | "test"} window
 * @returns {Evaluation[]}
 */
export function ofWindow(evaluations, window) {
  return evaluations.filter((evaluation) => evaluation.window === window);
}

/**
 * @param {Evaluation} evaluation
 * @returns {string}
 */
export function evaluationTitle({ window, episode }) {
  return window === "test" ? "Test" : `Validation after episode ${episode}`;
}

/**
 * The policy's Sharpe ratio at each evaluation, with one standard error; undefined values leave a gap.
 * @param {Evaluation[]} evaluations  of the validation window
 * @param {string} axisName
 * @param {number} startedAt  of the run, milliseconds since 1970
 * @param {import("./curves/curve.js").Curve} trained  of the run's episodes: the axis goes as far as their last one
 * @returns {{ axis: import("./curves/axes.js").Axis, end: number, x: number[], y: (number | null)[], errors: (number | null)[],
 *   numbers: number[], episodes: number[] }}
 */
export function sharpePoints(evaluations, axisName, startedAt, trained) {
  const whole = fromEvaluations(evaluations, "sharpe");
  const kept = keep(whole.value, MOST_POINTS);
  const curve = pick(whole, kept);
  const axis = axisFor(axisName, [whole, trained].map((one) => ({ curve: one, startedAt })));
  const x = axis.places(curve, startedAt);
  return {
    axis,
    end: Math.max(0, x.at(-1) ?? 0, axis.places(trained, startedAt).at(-1) ?? 0),
    x,
    y: curve.value,
    errors: kept.map((index) => evaluations[index].policy.metrics[ERROR] ?? null),
    numbers: kept.map((index) => evaluations[index].number),
    episodes: curve.episode,
  };
}

/**
 * The benchmarks' Sharpe ratios on the bars of this evaluation; those without one are left out.
 * @param {Evaluation} evaluation
 * @returns {{ name: string, label: string, sharpe: number }[]}
 */
export function benchmarkLines({ baselines }) {
  return baselines
    .filter(({ name, metrics }) => name in BENCHMARKS && Number.isFinite(metrics.sharpe))
    .map(({ name, label, metrics }) => ({ name, label, sharpe: metrics.sharpe }));
}

/**
 * The table's columns, in the catalog's order; a Sharpe ratio never stands without its standard error.
 * @param {any[]} metrics  the catalog's evaluation metrics
 * @returns {{ head: string, title: string | undefined, cell: (metrics: any) => string }[]}
 */
export function columns(metrics) {
  return metrics
    .filter(({ name }) => name !== ERROR)
    .map((metric) => ({
      head: metric.name === "sharpe" ? "Sharpe ± s.e." : metric.label,
      title: metricHelp(metric),
      cell: (/** @type {any} */ values) =>
        metric.name === "sharpe" ? sharpeText(values) : metricTextWithUnit(metric, values[metric.name]),
    }));
}

/**
 * The table's rows: the policy, the same policy at other costs or late, then the baselines.
 * @param {Evaluation} evaluation
 * @returns {{ kind: "policy" | "variant" | "baseline", label: string, metrics: any }[]}
 */
export function rows({ policy, variants, baselines }) {
  const kinds = /** @type {const} */ ([
    ["policy", [policy]],
    ["variant", variants],
    ["baseline", baselines],
  ]);
  return kinds.flatMap(([kind, own]) => own.map(({ label, metrics }) => ({ kind, label, metrics })));
}

/**
 * "0.25 ± 0.49"; "–" where it is undefined.
 * @param {any} metrics
 * @returns {string}
 */
export function sharpeText(metrics) {
  const sharpe = metricText("sharpe", metrics.sharpe);
  const error = metrics[ERROR];
  return Number.isFinite(metrics.sharpe) && Number.isFinite(error)
    ? `${sharpe.replace("+", "")} ± ${metricText(ERROR, error)}`
    : sharpe;
}
