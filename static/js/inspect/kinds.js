/** What the inspector can show: how each kind is named, summed up, and which others are its neighbours. */

import { evaluationTitle, ofWindow } from "../evaluation_data.js";
import { number, phaseText } from "../format.js";
import { metricHelp, metricTextWithUnit } from "../metrics.js";

/**
 * @typedef {{ previous: number | null, next: number | null }} Neighbours  null at either end
 *
 * @typedef {object} Kind
 * @property {(state: any, number: number) => string} title
 * @property {(state: any, number: number) => Neighbours} neighbours  those before and after it that one can walk to
 * @property {(answer: any) => Fact[]} facts           what it is, the most important first
 * @property {(answer: any, catalog: any) => Fact[]} metrics
 * @property {string[]} key                            the metrics to see at first sight
 *
 * @typedef {{ name: string, label: string, value: string, help?: string }} Fact
 */

/** @type {Record<string, Kind>} */
export const KINDS = {
  episode: {
    title: (state, opened) => `Episode ${opened}`,
    neighbours: ({ run, opened: { number: own, beside } }) => ({
      previous: episodeAfter(own, -1, run?.episodes ?? 0, beside),
      next: episodeAfter(own, 1, run?.episodes ?? 0, beside),
    }),
    facts: ({ episode }) => [
      fact("Phase", phaseText(episode.phase)),
      fact("Steps", number(episode.steps), episode.gated_steps ? `${number(episode.gated_steps)} of them gated` : ""),
      fact("Ruined", episode.terminated ? "yes" : "no", "Equity fell to the ruin level and ended the episode."),
    ],
    metrics: ({ episode }, catalog) => metricFacts(catalog?.metrics, episode),
    key: ["reward", "return_pct", "sharpe", "trades", "max_drawdown_pct", "costs", "final_equity"],
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
    facts: ({ evaluation }) => [
      fact("Policy of episode", number(evaluation.episode), "The policy as it was when this episode ended."),
      fact("Trained for", `${number(evaluation.step)} steps`, "Steps of the run until then."),
      fact("Trials", number(evaluation.trials), "Policies evaluated so far, in all runs: what DSR corrects for."),
    ],
    metrics: ({ evaluation }, catalog) => metricFacts(catalog?.evaluation_metrics, evaluation.policy.metrics),
    key: ["return_pct", "sharpe", "sharpe_standard_error", "max_drawdown_pct", "turnover", "costs", "deflated_sharpe"],
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

/**
 * The facts of one that was opened: those to see at first sight, and the rest.
 * @param {Kind} kind
 * @param {any} answer
 * @param {any} catalog
 * @returns {{ first: Fact[], rest: Fact[] }}
 */
export function factsOf({ facts, metrics, key }, answer, catalog) {
  const [what, ...others] = facts(answer);
  const measured = metrics(answer, catalog);
  const first = key.flatMap((name) => measured.filter((metric) => metric.name === name));
  return { first: [what, ...first], rest: [...others, ...measured.filter(({ name }) => !key.includes(name))] };
}

/**
 * Episodes are numbered from 1 without a hole, also those that the page has not loaded.
 * @param {number} opened
 * @param {1 | -1} way
 * @param {number} count  of the run
 * @param {number} [passed]  over, because it is shown already
 * @returns {number | null}
 */
export function episodeAfter(opened, way, count, passed) {
  const next = Math.min(opened + way, count);
  const found = next === passed ? next + way : next;
  return found >= 1 && found <= count && way * (found - opened) > 0 ? found : null;
}

function findEvaluation({ evaluations }, wanted) {
  return evaluations.find((evaluation) => evaluation.number === wanted);
}

/** @returns {Fact[]} */
function metricFacts(metrics, values) {
  return (metrics ?? []).map((metric) => ({
    name: metric.name,
    label: metric.label,
    value: metricTextWithUnit(metric, values[metric.name]),
    help: metricHelp(metric),
  }));
}

/** @returns {Fact} */
function fact(label, value, help = "") {
  return { name: label, label, value, help };
}
