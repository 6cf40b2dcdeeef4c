/** The badge that says whether what the page shows is what the server knows. */

import { byId, setAttribute, setText } from "./dom.js";
import { runsBehind } from "./sight.js";

const STALE_AFTER_S = 5;

/**
 * What the badge says; `tone` names its colour.
 * @param {import("./reducer.js").State} state
 * @param {number} now  milliseconds
 * @returns {{ tone: string, text: string }}
 */
export function describeConnection(state, now) {
  const silence = Math.floor((now - state.lastEventAt) / 1000);
  const stale = `stale for ${silence} s`;
  if (state.connection === "disconnected") {
    return { tone: "bad", text: ["disconnected, retrying", ...(state.lastEventAt > 0 ? [stale] : [])].join(" · ") };
  }
  if (state.connection === "polling") return { tone: "waiting", text: "polling every 3 s" };
  if (state.connection === "connecting") return { tone: "waiting", text: "connecting" };
  if (runsBehind(state).length > 0) return { tone: "waiting", text: "catching up" };
  const isExpectingEvents = (state.runs ?? []).some(({ status }) => status === "running");
  if (isExpectingEvents && silence > STALE_AFTER_S) return { tone: "waiting", text: stale };
  return { tone: "good", text: "live" };
}

/** @param {import("./reducer.js").State} state */
export function renderConnection(state) {
  const { tone, text } = describeConnection(state, Date.now());
  setAttribute(byId("connection"), "data-tone", tone);
  setAttribute(byId("connection"), "title", tone === "bad" ? "The server cannot be reached. Is it still running?" : null);
  setText(byId("connection-text"), text);
}
