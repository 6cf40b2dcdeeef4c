/** What came of runs, to stand against their parameters. Knows no DOM. */

import { wholeEnd, wholeValues } from "../curves/curve.js";
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
      values: members.map(({ tracked }) => meanOfLast(tracked, metric.key)),
      text: (value) => metricTextWithUnit(metric, value),
    },
  ];
}

/** Of those that are defined; of all where there are fewer. None where it is not known which are the last. */
function meanOfLast(tracked, key) {
  const { end, isAll } = wholeEnd(tracked, key);
  const last = wholeValues(end).filter((value) => value !== null).slice(-LAST);
  return last.length < (isAll ? 1 : LAST) ? null : last.reduce((sum, value) => sum + value, 0) / last.length;
}
