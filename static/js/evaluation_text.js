/**
 * What an evaluation's figures allow one to say, in sentences that claim no more than they show.
 * Knows no DOM and no state.
 */

import { BENCHMARKS, sharpeText } from "./evaluation_data.js";
import { counted, number, plain, signed } from "./format.js";
import { metricText } from "./metrics.js";
import { isActive } from "./standing.js";

const SPACE = "\u00a0"; // does not break
const SIGNIFICANT = 0.05;
const NO_ABILITY = "no evidence that any strategy in the table earns more than buy & hold";
const SOME_ABILITY = "at least one strategy in the table earns more than buy & hold, but it need not be the policy";
const WINDOWS = { validation: "Validation", test: "Test" };
const FILLS = {
  next_open: "Orders are filled at the next bar's open.",
  close: "Orders are filled at the same close that they are decided on.",
  next_close: "Orders are filled at the next bar's close.",
};

/**
 * First how the policy did and how that compares, then what puts it into perspective.
 * @param {import("./reducer.js").Evaluation} evaluation
 * @returns {string[]}
 */
export function describeEvaluation(evaluation) {
  const { window, policy, comparisons, trials, episode, step } = evaluation;
  const against = Object.keys(BENCHMARKS).map((name) => comparisonText(name, comparisons[name], trials));
  return [
    `${WINDOWS[window]}, policy after episode ${number(episode)} (step ${number(step)})${looksText(evaluation)}: ` +
      `${policyText(policy.metrics)} ${against.join(" ")}`,
    [deflatedText(evaluation), abilityText(evaluation.superior_ability), FILLS[evaluation.fill_mode]]
      .filter(Boolean)
      .join(" "),
  ];
}

/** Bars that were looked at are not unseen any more, whatever the run was rolled back to. */
function looksText(/** @type {import("./reducer.js").Evaluation} */ { window, looks }) {
  if (window !== "test") return "";
  return looks > 1 ? `, looked at ${number(looks)} times by this run, so not unseen any more` : ", looked at once by this run";
}

/**
 * When the first evaluation comes, for a panel that has none.
 * @param {import("./reducer.js").Run | null} run
 * @returns {string}
 */
export function describeWaiting(run) {
  if (run && !isActive(run)) return "This run has no evaluation: it ended before one was due, or was recorded without.";
  const every = run?.config.evaluate_every_episodes ?? 1;
  const which = every === 1 ? "" : ` whose number is divisible by ${number(every)}`;
  return `The policy runs over the validation bars after each episode it learned in. The first evaluation comes after the first learning episode${which}.`;
}

/**
 * What the run waits for when training is over and it has not ended; otherwise empty.
 * @param {import("./reducer.js").Run | null} run
 * @returns {string}
 */
export function describePending(run) {
  return run?.status === "evaluating" ? "Evaluating the final policy on the validation bars, then the best one on the test bars…" : "";
}

/**
 * A p-value as it is written: "p = 0.09", "p < 0.001".
 * @param {number} value
 * @returns {string}
 */
export function pText(value) {
  return value < 0.001 ? `p${SPACE}<${SPACE}0.001` : `p${SPACE}=${SPACE}${plain(Number(value.toPrecision(2)))}`;
}

/**
 * What a difference, its interval and its p-value say together.
 * @param {{ estimate: number, low: number, high: number, p_value: number }} difference
 * @param {number} trials  policies evaluated so far: a good one among many is less of a surprise
 * @returns {string}
 */
export function verdict({ estimate, low, high, p_value: p }, trials) {
  const isOutside = low > 0 || high < 0;
  if (p >= SIGNIFICANT && !isOutside) return "no evidence of a difference";
  if (p >= SIGNIFICANT || !isOutside) return "borderline, no clear evidence of a difference";
  if (estimate < 0) return "evidence that the policy is worse";
  const caution = trials > 1 ? `, not corrected for ${counted(trials, "trial")}` : "";
  return `evidence that the policy is better${caution}`;
}

function policyText(metrics) {
  if (Number.isFinite(metrics.sharpe)) return `Sharpe ${sharpeText(metrics)}.`;
  return metrics.exposure === 0 ? "the policy held no position, so it has no Sharpe." : "the Sharpe is undefined.";
}

function comparisonText(name, comparison, trials) {
  const difference = comparison?.sharpe ?? comparison?.log_return;
  if (!difference) return `Against ${BENCHMARKS[name]} nothing can be tested on these bars.`;
  const { estimate, low, high, p_value: p } = difference;
  const unit = comparison.sharpe ? "" : " in log growth a year";
  const interval = `${signed(estimate)} [${signed(low)},${SPACE}${signed(high)}]${unit}`;
  return `Against ${BENCHMARKS[name]} ${interval}, ${pText(p)}: ${verdict(difference, trials)}.`;
}

function deflatedText({ policy, trials }) {
  const { deflated_sharpe: deflated } = policy.metrics;
  return Number.isFinite(deflated)
    ? `DSR ${metricText("deflated_sharpe", deflated)} after ${counted(trials, "trial")} in all runs.`
    : "";
}

/** The test is of all strategies at once, so that the best of many is not mistaken for a good one. */
function abilityText(p) {
  if (!Number.isFinite(p)) return "";
  const finding = p < SIGNIFICANT ? SOME_ABILITY : NO_ABILITY;
  return `SPA ${pText(p)}: ${finding}.`;
}
