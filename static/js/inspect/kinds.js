/** What the inspector can show: how each kind is named, summed up, and which others are its neighbours. */

import { evaluationTitle, ofWindow } from "../evaluation_data.js";
import { number } from "../format.js";
import { metricTextWithUnit } from "../metrics.js";

/**
 * @typedef {object} Kind
 * @property {(state: any, number: number) => string} title
 * @property {(state: any, number: number) => number[]} siblings  those one can walk through, in order
 * @property {(answer: any, catalog: any) => [string, string, string | undefined][]} facts  label, value, explanation
 */

/** @type {Record<string, Kind>} */
export const KINDS = {
  episode: {
    title: (state, opened) => `Episode ${opened}`,
    siblings: ({ episodes }) => episodes.map(({ episode }) => episode),
    facts: ({ episode }, catalog) => [
      ["Phase", episode.phase === "warmup" ? "warm-up" : "learning", ""],
      ["Steps", number(episode.steps), episode.gated_steps ? `${number(episode.gated_steps)} of them gated` : ""],
      ["Ruined", episode.terminated ? "yes" : "no", "Equity fell to the ruin level and ended the episode."],
      ...metricFacts(catalog?.metrics, episode),
    ],
  },
  evaluation: {
    title: (state, opened) => {
      const evaluation = findEvaluation(state, opened);
      return evaluation ? evaluationTitle(evaluation) : `Evaluation ${opened}`;
    },
    siblings: (state, opened) =>
      ofWindow(state.evaluations, findEvaluation(state, opened)?.window).map((one) => one.number),
    facts: ({ evaluation }, catalog) => [
      ["Policy of episode", number(evaluation.episode), "The policy as it was when this episode ended."],
      ["Trained for", `${number(evaluation.step)} steps`, "Steps of the run until then."],
      ["Trials", number(evaluation.trials), "Policies evaluated so far, in all runs: what DSR corrects for."],
      ...metricFacts(catalog?.evaluation_metrics, evaluation.policy.metrics),
    ],
  },
};

/**
 * The numbers before and after the opened one, null at either end.
 * @param {import("../reducer.js").State} state
 * @returns {{ previous: number | null, next: number | null }}
 */
export function neighbours(state) {
  const { kind, number: opened } = /** @type {import("../reducer.js").Opened} */ (state.opened);
  const siblings = KINDS[kind].siblings(state, opened);
  return {
    previous: siblings.findLast((sibling) => sibling < opened) ?? null,
    next: siblings.find((sibling) => sibling > opened) ?? null,
  };
}

function findEvaluation({ evaluations }, wanted) {
  return evaluations.find((evaluation) => evaluation.number === wanted);
}

/** @returns {[string, string, string | undefined][]} */
function metricFacts(metrics, values) {
  return (metrics ?? []).map((metric) => [metric.label, metricTextWithUnit(metric, values[metric.name]), metric.help]);
}
