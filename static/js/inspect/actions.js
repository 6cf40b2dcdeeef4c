/** The actions of an episode as a histogram: how often each was taken, forced ones apart. */

import { baseLayout, numberAxis } from "../plot.js";

const BARS_A_SIDE = 20; // with one more for 0, so that flat is not mixed with almost flat

/**
 * @param {{ action: number[], gated: boolean[] }} columns  row 0 is the account before the first step
 * @returns {{ action: number[], policy: number[], forced: number[] }}  the middle of each bar, and steps in it
 */
export function actionCounts({ action, gated }) {
  const middles = Array.from({ length: 2 * BARS_A_SIDE + 1 }, (_, bar) => bar / BARS_A_SIDE - 1);
  const policy = middles.map(() => 0);
  const forced = middles.map(() => 0);
  for (let row = 1; row < action.length; row += 1) {
    const bar = Math.round((action[row] + 1) * BARS_A_SIDE);
    (gated[row] ? forced : policy)[bar] += 1;
  }
  return { action: middles, policy, forced };
}

/**
 * The most steps in a bar of any of these episodes, for one scale.
 * @param {{ action: number[], gated: boolean[] }[]} episodes
 * @returns {number}
 */
export function mostSteps(episodes) {
  const counts = episodes.map(actionCounts);
  return Math.max(1, ...counts.flatMap(({ policy, forced }) => policy.map((steps, bar) => steps + forced[bar])));
}

/**
 * @param {{ action: number[], gated: boolean[] }} columns
 * @param {number} most  steps that the highest bar may have
 * @param {Record<string, any>} colours
 * @returns {{ data: any[], layout: any }}
 */
export function actionsFigure(columns, most, colours) {
  const { action: x, policy, forced } = actionCounts(columns);
  const bars = (name, y, color) => ({
    type: "bar",
    name,
    x,
    y,
    marker: { color },
    hovertemplate: `action %{x:.2f}<br>${name}: %{y:,} steps<extra></extra>`,
  });
  return {
    data: [bars("policy", policy, colours.learning), bars("forced", forced, colours.warmup)],
    layout: {
      ...baseLayout(colours),
      barmode: "stack",
      bargap: 0.1,
      hovermode: "closest",
      margin: { l: 56, r: 10, t: 6, b: 34 },
      xaxis: { ...numberAxis(colours), range: [-1.05, 1.05], title: { text: "action", standoff: 6 }, fixedrange: true },
      yaxis: { ...numberAxis(colours), nticks: 4, range: [0, 1.05 * most], fixedrange: true },
    },
  };
}
