/** Everything that goes over the network: REST calls and the Socket.IO connection. Knows no state and no DOM. */

const TIMEOUT_MS = 20_000;
const ORDER_TIMEOUT_MS = 60_000; // longer than the server itself waits for a step, a file or a checkpoint
const OUR_OWN = { "X-Warmgate": "1" }; // a header that no page of another site can send
const UPLOAD_TIMEOUT_MS = 300_000; // millions of bars are checked before the answer

/** A request that did not succeed, in words for the person at the page. */
class RequestError extends Error {
  /**
   * @param {string} message
   * @param {{ code?: string, status?: number, problems?: { field: string, message: string }[] }} [details]
   */
  constructor(message, { code = "unreachable", status = 0, problems = [] } = {}) {
    super(message);
    this.name = "RequestError";
    this.code = code;
    this.status = status;
    this.problems = problems;
  }
}

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
  const { metrics: traces } = await request(`${runPath(runId)}/series?${query}`);
  return Object.fromEntries(
    Object.entries(traces).map(([name, { time_ms: time, ...trace }]) => [name, { ...trace, time }]),
  );
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

/**
 * Opens the live connection; it reconnects by itself until the page goes.
 * @param {string} clientUrl  the Socket.IO client module
 * @param {{ onConnection: (isConnected: boolean) => void, onEvent: (name: string, payload: any) => void }} handlers
 */
export async function listenLive(clientUrl, { onConnection, onEvent }) {
  const { io } = await import(clientUrl);
  const socket = io({ transports: ["websocket", "polling"], tryAllTransports: true, reconnectionDelayMax: 3_000 });
  socket.on("connect", () => onConnection(true));
  socket.on("disconnect", (/** @type {string} */ reason) => {
    onConnection(false);
    if (reason === "io server disconnect") socket.connect();
  });
  socket.on("connect_error", () => onConnection(false));
  socket.onAny(onEvent); // every event counts: one that was not heard would look like a gap
}

/** @param {string} runId */
export const runPath = (runId) => `/api/runs/${encodeURIComponent(runId)}`;

/**
 * @param {string} path
 * @param {unknown} body
 */
export function post(path, body) {
  return request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

/**
 * @param {string} path
 * @param {RequestInit & { timeoutMs?: number }} [options]
 * @returns {Promise<any>}
 */
export async function request(path, options = {}) {
  const { response, body } = await reach(path, options);
  if (response.ok && body !== null) return body;
  const error = body?.error ?? {
    code: "unreadable",
    message: `The server answered ${response.status} without a reason.`,
  };
  throw new RequestError(error.message, { ...error, status: response.status });
}

/**
 * The answer and its body, null where that is no JSON.
 * @param {string} path
 * @param {RequestInit & { timeoutMs?: number }} options
 */
async function reach(path, { timeoutMs, ...options }) {
  const isOrder = options.method !== undefined;
  const limit = timeoutMs ?? (isOrder ? ORDER_TIMEOUT_MS : TIMEOUT_MS);
  const headers = { ...options.headers, ...OUR_OWN };
  try {
    const response = await fetch(path, { ...options, headers, signal: AbortSignal.timeout(limit) });
    return { response, body: await response.json().catch(nullForNoJson) };
  } catch (/** @type {any} */ error) {
    if (error.name !== "TimeoutError") throw new RequestError("The server cannot be reached. Is it still running?");
    const rest = isOrder ? "; it may still carry this out." : ".";
    throw new RequestError(`The server has not answered within ${limit / 1_000} s${rest}`, { code: "timeout" });
  }
}

function nullForNoJson(/** @type {any} */ error) {
  if (error instanceof SyntaxError) return null;
  throw error;
}
