/** What the inspector asks the server: an episode or evaluation with its trades, and the candles under it. */

import { runPath } from "../api.js";
import { request } from "../network.js";

const KIND_PATHS = { episode: "episodes", evaluation: "evaluations" };

/**
 * @param {string} runId
 * @param {import("../reducer.js").Opened} opened
 * @returns {Promise<any>}
 */
export const fetchInspected = (runId, opened) => request(pathOf(runId, opened));

/**
 * @param {string} runId
 * @param {import("../reducer.js").Opened} opened
 * @param {number} most  candles
 * @param {import("./columns.js").Range | null} [rows]  of it; all where it is null
 * @returns {Promise<{ candles: import("./columns.js").Candles | null, reason: string | null }>}
 */
export function fetchCandles(runId, opened, most, rows = null) {
  const query = new URLSearchParams({ candles: String(most) });
  if (rows !== null) query.set("from", String(rows[0]));
  if (rows !== null) query.set("to", String(rows[1]));
  return request(`${pathOf(runId, opened)}/candles?${query}`);
}

function pathOf(runId, { kind, number }) {
  return `${runPath(runId)}/${KIND_PATHS[kind]}/${number}`;
}
