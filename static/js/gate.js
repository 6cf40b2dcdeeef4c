/** The gate panel: whether it is closed or open, how far it is, and the proof that nothing moved behind it. */

import { byId, setAttribute, setProgress, setText } from "./dom.js";
import { counted, number, shortHash, spaced } from "./format.js";
import { isActive } from "./standing.js";

/** What the panel shows before the first run. */
const EMPTY = Object.freeze({
  gate: "closed",
  headline: "Closed",
  line: "It opens once the warm-up steps have been taken without a single network update.",
  forced: { done: 0, of: 0 },
  learning: { done: 0, of: 0 },
  updates: 0,
  verdict: "none",
  verdictNote: "counted from the first step",
});

/**
 * @typedef {object} GateView
 * @property {"closed" | "open"} gate
 * @property {string} headline
 * @property {string} line
 * @property {{ done: number, of: number }} forced    warm-up steps
 * @property {{ done: number, of: number }} learning  steps behind the gate
 * @property {number} updates                         taken while gated
 * @property {string} verdict                         on those updates: good, bad or none
 * @property {string} verdictNote
 */

/**
 * Everything the panel says about a run; without one, what a run will show.
 * @param {import("./reducer.js").Run | null} run
 * @returns {GateView}
 */
export function describeGate(run) {
  if (!run) return EMPTY;
  const { warmup_steps: warmupSteps, is_open: isOpen, opened } = run.gate;
  const { step, updates_while_gated: updatesNow } = progressOf(run);
  const totalSteps = run.config.total_steps;
  return {
    gate: isOpen ? "open" : "closed",
    headline: isOpen ? "Open" : "Closed",
    line: isOpen ? openLine(run) : closedLine(run),
    forced: { done: Math.min(step, warmupSteps), of: Math.min(warmupSteps, totalSteps) },
    learning: { done: Math.max(0, step - warmupSteps), of: Math.max(0, totalSteps - warmupSteps) },
    ...judge(opened?.updates_while_gated ?? updatesNow),
  };
}

/**
 * The sentence about the parameters' fingerprints, and whether they agree.
 * @param {import("./reducer.js").Run | null} run
 * @returns {{ verdict: "good" | "bad" | "none", text: string }}
 */
export function describeProof(run) {
  const opened = run?.gate.opened;
  if (!opened && run && !isActive(run)) return { verdict: "none", text: "never compared: the gate did not open" };
  if (!opened) return { verdict: "none", text: "compared when the gate opens" };
  if (opened.fingerprint_before === opened.fingerprint_after)
    return { verdict: "good", text: "unchanged, bit for bit" };
  return { verdict: "bad", text: "changed during warm-up" };
}

/** @param {import("./reducer.js").State} state */
export function renderGate({ run }) {
  const view = describeGate(run);
  setAttribute(byId("gate"), "data-gate", view.gate);
  setText(byId("gate-state"), view.headline);
  setText(byId("gate-line"), view.line);
  setText(byId("gate-forced-label"), run?.config.update_during_warmup ? "Warm-up, updates ON" : "Warm-up, no updates");
  renderSide("forced", view.forced);
  renderSide("learning", view.learning);
  setAttribute(byId("gate-updates"), "data-verdict", view.verdict);
  setText(byId("gate-updates-value"), view.verdict === "none" ? "–" : number(view.updates));
  setText(byId("gate-updates-note"), view.verdictNote);
  renderBuffer(run);
  renderProof(run);
}

/** A run that has not reported yet stands at its beginning. */
function progressOf(run) {
  const beginning = { step: 0, steps_until_open: run.gate.warmup_steps, updates_while_gated: 0, buffer_size: 0 };
  return run.progress ?? { ...beginning, buffer_capacity: run.config.buffer_capacity };
}

function judge(updates) {
  if (updates === 0) return { updates, verdict: "good", verdictNote: "as it must be" };
  return { updates, verdict: "bad", verdictNote: "must be 0: this policy learned from forced steps" };
}

/** @param {any} run */
function openLine({ gate }) {
  const { step = gate.warmup_steps, missing_transitions: missing = 0, updates_while_gated: gated = 0 } = gate.opened ?? {};
  const when = missing ? ` once ${number(missing)} more transitions are stored` : "";
  const what = gated ? `network updates go on, after ${number(gated)} while gated` : `network updates start${when}`;
  return `Warm-up complete at step ${step}: ${what}`;
}

function closedLine(run) {
  if (!isActive(run)) return "The run ended before the gate opened.";
  if (run.config.total_steps <= run.gate.warmup_steps) {
    return "This run ends before the gate opens: it has no more steps than the warm-up.";
  }
  return `${counted(progressOf(run).steps_until_open, "step")} until the gate`;
}

function renderSide(name, { done, of }) {
  setProgress(byId(`gate-${name}-bar`), done, of);
  setText(byId(`gate-${name}-count`), of > 0 ? `${number(done)} / ${number(of)}` : "–");
}

function renderBuffer(run) {
  const { buffer_size: size, buffer_capacity: capacity } = run
    ? progressOf(run)
    : { buffer_size: 0, buffer_capacity: 0 };
  setProgress(byId("buffer-bar"), size, capacity);
  setText(byId("buffer-text"), run ? `${number(size)} / ${number(capacity)}` : "–");
  setText(byId("gate-strategy"), run ? spaced(run.gate.strategy) : "–");
}

function renderProof(run) {
  const { verdict, text } = describeProof(run);
  const opened = run?.gate.opened;
  setAttribute(byId("gate-proof"), "data-verdict", verdict);
  for (const side of ["before", "after"]) {
    const hash = opened?.[`fingerprint_${side}`];
    setText(byId(`fingerprint-${side}`), shortHash(hash));
    setAttribute(byId(`fingerprint-${side}`), "title", hash);
  }
  setText(byId("fingerprint-relation"), verdict === "bad" ? "≠" : "=");
  setText(byId("gate-proof-text"), text);
}
