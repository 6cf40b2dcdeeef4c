/** What came of runs, to stand against their parameters. Knows no DOM. */

import { curveOf, wholeValues } from "../curves/curve.js";
import { metricText, metricTextWithUnit } from "../metrics.js";

const LAST = 10; // one episode alone says little

/**
 * The best policy on the validation bars, and the compared metric in the end.
 * @param {import("./figure.js").Member[]} members
 * @param {import("./metrics.js").ComparedMetric} metric
 * @param {Record<string, number>} best  the best validation Sharpe ratio by run id
 * @returns {{ label: string, values: (number | null)[], text: (value: number | null) => string }[]}
 */
export function resultsOf(members, metric, best) {
  return [
    {
      label: "Best validation Sharpe",
      values: members.map(({ run }) => best[run.run_id] ?? null),
      text: (value) => metricText("sharpe", value),
    },
    {
      label: `${metric.title}, mean of last ${LAST}`,
      values: members.map(({ tracked }) => meanOfLast(wholeValues(curveOf(tracked, metric.key)))),
      text: (value) => metricTextWithUnit(metric, value),
    },
  ];
}

/** Of those that are defined; of all where there are fewer. */
function meanOfLast(values) {
  const last = values.filter((value) => value !== null).slice(-LAST);
  return last.length === 0 ? null : last.reduce((sum, value) => sum + value, 0) / last.length;
}
