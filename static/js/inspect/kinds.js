/** What the inspector can show: how each kind is named, summed up, and which others are its neighbours. */

import { evaluationTitle, ofWindow } from "../evaluation_data.js";
import { number } from "../format.js";
import { metricTextWithUnit } from "../metrics.js";

/**
 * @typedef {{ previous: number | null, next: number | null }} Neighbours  null at either end
 *
 * @typedef {object} Kind
 * @property {(state: any, number: number) => string} title
 * @property {(state: any, number: number) => Neighbours} neighbours  those before and after it that one can walk to
 * @property {(answer: any, catalog: any) => [string, string, string | undefined][]} facts  label, value, explanation
 */

/** @type {Record<string, Kind>} */
export const KINDS = {
  episode: {
    title: (state, opened) => `Episode ${opened}`,
    neighbours: ({ run }, opened) => among(run?.episodes ?? 0, opened),
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
    neighbours: ({ evaluations }, opened) => {
      const { window } = findEvaluation({ evaluations }, opened) ?? {};
      const numbers = ofWindow(evaluations, window).map(({ number: own }) => own);
      return {
        previous: numbers.findLast((own) => own < opened) ?? null,
        next: numbers.find((own) => own > opened) ?? null,
      };
    },
    facts: ({ evaluation }, catalog) => [
      ["Policy of episode", number(evaluation.episode), "The policy as it was when this episode ended."],
      ["Trained for", `${number(evaluation.step)} steps`, "Steps of the run until then."],
      ["Trials", number(evaluation.trials), "Policies evaluated so far, in all runs: what DSR corrects for."],
      ...metricFacts(catalog?.evaluation_metrics, evaluation.policy.metrics),
    ],
  },
};

/**
 * The numbers before and after the opened one.
 * @param {import("../reducer.js").State} state
 * @returns {Neighbours}
 */
export function neighbours(state) {
  const { kind, number: opened } = /** @type {import("../reducer.js").Opened} */ (state.opened);
  return KINDS[kind].neighbours(state, opened);
}

/** Episodes are numbered from 1 without a hole, also those that the page has not loaded. */
function among(count, opened) {
  const previous = Math.min(opened - 1, count);
  return { previous: previous >= 1 ? previous : null, next: opened < count ? opened + 1 : null };
}

function findEvaluation({ evaluations }, wanted) {
  return evaluations.find((evaluation) => evaluation.number === wanted);
}

/** @returns {[string, string, string | undefined][]} */
function metricFacts(metrics, values) {
  return (metrics ?? []).map((metric) => [metric.label, metricTextWithUnit(metric, values[metric.name]), metric.help]);
}
