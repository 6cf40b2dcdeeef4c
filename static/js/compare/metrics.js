/** The metrics that runs can be compared by: those of episodes, and those on the validation bars. Knows no DOM. */

import { nameWithUnit } from "../metrics.js";

/**
 * @typedef {{ key: string, title: string, heading: string, choice: string, unit: string, help: string, name: string, label: string }}
 *   ComparedMetric  `title` names it beside its values, `heading` above its curves, `choice` among all of them
 */

/**
 * @param {any} catalog
 * @returns {{ label: string, metrics: ComparedMetric[] }[]} in groups
 */
export function metricGroups(catalog) {
  const of = (metrics, prefix, title, choice) =>
    metrics.map((metric) => ({
      ...metric,
      key: `${prefix}${metric.name}`,
      title: `${title}${metric.label}`,
      heading: `${title}${nameWithUnit(metric)}`,
      choice: `${choice}: ${metric.label}`,
    }));
  return [
    { label: "Per episode, on the training bars", metrics: of(catalog.metrics, "", "", "Training") },
    {
      label: "On bars it has never seen",
      metrics: of(catalog.evaluation_metrics, "validation.", "Validation ", "Validation"),
    },
  ];
}

/**
 * The view with a metric that there is, as soon as it is known which there are.
 * @param {import("../view.js").View} view
 * @param {any | null} catalog
 * @returns {import("../view.js").View}
 */
export function withKnownMetric(view, catalog) {
  const metric = catalog === null ? view.metric : comparedMetric(catalog, view.metric).key;
  return metric === view.metric ? view : { ...view, metric };
}

/**
 * The metric with this key; the first one where there is none.
 * @param {any} catalog
 * @param {string} key
 * @returns {ComparedMetric}
 */
export function comparedMetric(catalog, key) {
  const all = metricGroups(catalog).flatMap(({ metrics }) => metrics);
  return all.find((metric) => metric.key === key) ?? all[0];
}
