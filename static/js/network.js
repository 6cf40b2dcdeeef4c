/** Everything that goes over the network: requests and the Socket.IO connection. Knows no route, no state and no DOM. */

const TIMEOUT_MS = 20_000;
const ORDER_TIMEOUT_MS = 60_000; // longer than the server itself waits for a step, a file or a checkpoint
const OUR_OWN = { "X-Warmgate": "1" }; // a header that no page of another site can send

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
