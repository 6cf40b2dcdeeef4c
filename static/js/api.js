/** The requests that the server answers, each with what the page needs of its answer. Knows no state and no DOM. */

import { isValidation } from "./curves/curve.js";
import { post, request } from "./network.js";

const UPLOAD_TIMEOUT_MS = 300_000; // millions of bars are checked before the answer

/** @param {string} runId */
export const runPath = (runId) => `/api/runs/${encodeURIComponent(runId)}`;

/** @returns {Promise<any>} */
export const fetchHealth = () => request("/api/health");

/** @returns {Promise<any>} */
export const fetchCatalog = () => request("/api/catalog");

/** @returns {Promise<any[]>} */
export const fetchRuns = async () => (await request("/api/runs")).runs;

/** @returns {Promise<{ labels: any[], best_validation_sharpes: Record<string, number> }>} */
export const fetchLabels = () => request("/api/labels");

/**
 * @param {string} runId
 * @param {{ name?: string, tags?: string[], notes?: string }} changes
 * @returns {Promise<any>} the label as it is then
 */
export const writeLabel = async (runId, changes) => (await post(`${runPath(runId)}/label`, changes)).label;

/**
 * @param {string} runId
 * @returns {Promise<any>} the label of the deleted run
 */
export const deleteRun = async (runId) => (await request(runPath(runId), { method: "DELETE" })).label;

/**
 * @param {string} runId
 * @returns {Promise<any>} the label of the run that is back
 */
export const undeleteRun = async (runId) => (await post(`${runPath(runId)}/undelete`, {})).label;

/**
 * @param {string} runId
 * @returns {Promise<any>} the label of the run that is erased for good
 */
export const eraseRun = async (runId) => (await post(`${runPath(runId)}/erase`, {})).label;

/**
 * @param {string} runId
 * @returns {Promise<any>}
 */
export const fetchRun = async (runId) => (await request(runPath(runId))).run;

/**
 * Asks as often as it takes, since an answer has only so many.
 * @param {string} runId
 * @param {number} after
 * @param {number} [upTo]
 * @returns {Promise<any[]>} those numbered above `after` and up to `upTo`
 */
export async function fetchEpisodes(runId, after, upTo) {
  /** @type {any[]} */
  const episodes = [];
  const end = upTo === undefined ? "" : `&up_to=${upTo}`;
  let answer;
  do {
    answer = await request(`${runPath(runId)}/episodes?after=${episodes.at(-1)?.episode ?? after}${end}`);
    episodes.push(...answer.episodes);
  } while (answer.has_more && answer.episodes.length > 0);
  return episodes;
}

/**
 * A run, then its records after these and its charted curves up to an episode: asked for later, they are never older
 * than the run.
 * @param {string} runId
 * @param {(run: any) => { episode: number, evaluation: number, curvesUpTo: number }} newest  of the records that are
 *   not wanted; no curves up to 0
 * @returns {Promise<{ run: any, episodes: any[], evaluations: any[], curves: Record<string, any>, curvesUpTo: number }>}
 */
export async function fetchRunAndRecords(runId, newest) {
  const run = await fetchRun(runId);
  const { episode, evaluation, curvesUpTo } = newest(run);
  const [episodes, { evaluations }, curves] = await Promise.all([
    fetchEpisodes(runId, episode),
    request(`${runPath(runId)}/evaluations?after=${evaluation}&tables=newest`),
    curvesUpTo > 0 ? fetchCurves(runId, [], { up_to: curvesUpTo }) : {},
  ]);
  return { run, episodes, evaluations, curves, curvesUpTo };
}

/**
 * @typedef {{ axis?: string, from?: number, to?: number, up_to?: number, smoothing?: number }} Part  of curves; all of
 *   them where it is left out, of episodes up to `up_to`, smoothed with this weight of the past
 *
 * Curves of these metrics with at most 2,000 points each, no spike lost.
 * @param {string} runId
 * @param {string[]} metrics  none for all that have a chart
 * @param {Part} part
 * @returns {Promise<Record<string, import("./curves/curve.js").Curve>>}
 */
export async function fetchCurves(runId, metrics, part = {}) {
  const query = new URLSearchParams(metrics.length > 0 ? { metrics: metrics.join(",") } : {});
  for (const [name, value] of Object.entries(part)) query.set(name, String(value));
  const { metrics: traces, cut_short: cut } = await request(`${runPath(runId)}/series?${query}`);
  const curves = Object.entries(traces).map(([name, { time_ms: time, ...trace }]) => {
    const cutShort = trace.episode.map((/** @type {number} */ episode) => episode === cut && !isValidation(name));
    return [name, { ...trace, time, cutShort }];
  });
  return Object.fromEntries(curves);
}

/**
 * @param {Record<string, unknown>} config
 * @param {string} name  may be empty
 * @returns {Promise<any>} the started run
 */
export const startRun = async (config, name) => (await post("/api/runs", { config, name })).run;

/**
 * The bars that this configuration would train, validate and test on.
 * @param {Record<string, unknown>} config
 * @returns {Promise<{ summary: any, preview: any }>}
 */
export const fetchData = (config) => post("/api/data", { config });

/**
 * @param {File} file
 * @returns {Promise<{ file_id: string, summary: any, preview: any }>}
 */
export const uploadFile = (file) =>
  request(`/api/files?name=${encodeURIComponent(file.name)}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: file,
    timeoutMs: UPLOAD_TIMEOUT_MS,
  });

/**
 * @param {string} runId
 * @param {"pause" | "resume" | "stop"} order
 * @returns {Promise<any>} the run as it is after the order
 */
export const orderRun = async (runId, order) => (await post(`${runPath(runId)}/${order}`, {})).run;
