/** The run's name, status, phase, warnings and figures. */

import { byId, element, setAttribute, setProgress, setText } from "./dom.js";
import * as format from "./format.js";
import { runName } from "./labels.js";
import { routeTo } from "./route.js";
import { isActive, isInDoubt } from "./standing.js";
import { fillStatus } from "./status_pill.js";

/** One figure of the panel each: its element's id and how it reads. */
const FIGURES = {
  eta: (run, state) => format.duration(whileMoving(run, state)?.eta_s),
  active: (run) => format.duration(run.progress?.active_s),
  speed: (run, state) => speed(whileMoving(run, state)?.steps_per_s),
  updates: (run) => format.number(run.progress?.updates),
  episode: (run) => format.number(run.progress?.episode),
  "episode-step": (run) => (run.progress ? `step ${format.number(run.progress.episode_step)}` : ""),
  equity: (run) => format.number(run.progress?.equity),
  "equity-change": (run) => equityChange(run),
  position: (run) => format.position(run.progress?.position),
  alpha: (run) => format.figure(run.progress?.alpha),
};

/** @param {import("./reducer.js").State} state */
export function renderStatus(state) {
  const { run } = state;
  renderTitle(state);
  renderPills(state);
  renderWarnings(run?.warnings ?? []);
  renderSteps(run);
  byId("overview").hidden = Boolean(state.problem?.isFinal); // a gate that is closed would look like a run's
  for (const [name, read] of Object.entries(FIGURES))
    setText(byId(`figure-${name}`), run ? read(run, state) : emptyFigure(name));
  setAttribute(byId("figure-active"), "title", run && wallTime(run));
}

/**
 * One sentence for people who listen rather than look; changes only when the run's state does.
 * @param {import("./reducer.js").Run | null} run
 * @param {import("./reducer.js").State["connection"]} connection
 * @returns {string}
 */
export function announcement(run, connection) {
  if (!run) return "";
  const phase = isActive(run) && run.progress ? `, phase ${format.phaseText(run.progress.phase)}` : "";
  if (isInDoubt(run, connection)) return `Run ${run.run_id} was ${run.status}${phase}, when it was last heard of.`;
  return `Run ${run.run_id} is ${run.status}${phase}.`;
}

function renderTitle(state) {
  const { run, runs, labels } = state;
  setText(byId("run-title"), run ? runName(run, labels) : emptyTitle(state));
  setText(byId("run-meta"), run ? `Run ${run.run_id} · started ${format.moment(run.created_at)}` : emptyMeta(runs));
  renderParent(state);
  const failure = failureText(state);
  const message = failure || (run?.reason ? `${run.status}: ${run.reason}` : "");
  fillBanner(byId("run-failure"), message, state.problem?.isFinal ? waysOut(state) : []);
  byId("run-failure").hidden = message === "";
  setAttribute(byId("run-failure"), "data-tone", failure || run?.status === "failed" ? "bad" : "waiting");
}

/**
 * Why the run could not be loaded. Where it is shown and the server is gone, the badge says so, and moves nothing.
 * @param {Pick<import("./reducer.js").State, "run" | "problem" | "failure" | "connection">} state
 * @returns {string}
 */
export function failureText({ run, problem, failure, connection }) {
  return run !== null && connection === "disconnected" ? "" : (problem?.message ?? failure);
}

/** Where a fork comes from, beside the run's name. */
function renderParent(state) {
  const parent = state.run?.parent;
  byId("run-parent").hidden = !parent;
  if (!parent) return;
  setAttribute(byId("run-parent-link"), "href", routeTo(state, { runId: parent.run_id }));
  setText(byId("run-parent-link"), parent.run_id);
  setText(byId("run-parent-step"), format.number(parent.step));
}

/** The message, with links behind it; written only when it reads otherwise. */
function fillBanner(banner, message, links) {
  const parts = links.flatMap(({ text }, index) => [index === 0 ? " " : " · ", element("a", {}, text)]);
  const wanted = element("p", {}, message, ...parts);
  if (banner.textContent !== wanted.textContent) banner.replaceChildren(...wanted.childNodes);
  links.forEach(({ href }, index) => setAttribute(banner.children[index], "href", href));
}

/** Where to go from the address of a run that is not there. */
function waysOut(state) {
  const newest = state.runs?.[0]?.run_id;
  if (newest === undefined) return [];
  return [
    { text: "Show the newest run", href: routeTo(state, { runId: newest, view: { page: "run" } }) },
    { text: "All runs", href: routeTo(state, { runId: newest, view: { page: "runs" } }) },
  ];
}

function renderSteps(run) {
  const step = run?.progress?.step ?? 0;
  const totalSteps = run?.config.total_steps ?? 0;
  setProgress(byId("run-bar"), step, totalSteps);
  setText(byId("run-step"), run ? format.number(step) : "–");
  setText(byId("run-total"), run ? `of ${format.number(totalSteps)} steps` : "no run yet");
  setText(byId("run-percent"), run ? format.share(step, totalSteps) : "");
}

/** Before the first run: a dash where a figure will be, nothing where a remark on it will be. */
function emptyFigure(name) {
  return name.includes("-") ? "" : "–";
}

function emptyTitle({ runs, shownRunId, problem }) {
  if (problem?.isFinal) return "Nothing to show";
  return runs === null || shownRunId !== null ? "Loading…" : "Ready to train";
}

function emptyMeta(runs) {
  return runs?.length === 0 ? "Press Start new run: the settings under “Next run” make a sensible first one." : "";
}

/** In doubt, the word for it stands in the place of the phase, so that nothing moves. */
function renderPills({ run, connection }) {
  fillStatus(byId("run-status"), run, connection);
  const phase = isActive(run) ? run.progress?.phase : null;
  const isOld = isInDoubt(run, connection);
  const pill = byId("run-phase");
  setText(pill, isOld ? "stale" : format.phaseText(phase ?? ""));
  setAttribute(pill, "data-phase", phase);
  setAttribute(pill, "data-doubtful", isOld);
  setAttribute(pill, "aria-hidden", isOld ? "true" : null); // the status says so itself
  pill.hidden = !phase;
}

function renderWarnings(warnings) {
  const list = byId("run-warnings");
  list.hidden = warnings.length === 0;
  if (list.childElementCount === warnings.length && list.textContent === warnings.join("")) return;
  list.replaceChildren(...warnings.map((text) => element("li", {}, text)));
}

function equityChange(run) {
  if (!run.progress) return "";
  const change = run.progress.equity / run.config.initial_equity - 1;
  return `${format.signed(100 * change)} %`;
}

/** What the training time leaves out. */
function wallTime(run) {
  const since = format.duration(format.secondsBetween(run.created_at, run.ended_at, Date.now()));
  return `Without pauses and stops; from its start to ${run.ended_at ? "its end" : "this moment"}: ${since}`;
}

/**
 * What tells how fast the run moves: nothing while it does not, or while nobody hears of it.
 * @param {import("./reducer.js").Run} run
 * @param {{ connection: string }} state
 */
export function whileMoving(run, { connection }) {
  return run.status === "running" && connection !== "disconnected" ? run.progress : null;
}

function speed(stepsPerSecond) {
  if (!stepsPerSecond) return "–";
  return `${format.number(stepsPerSecond, stepsPerSecond < 10 ? 1 : 0)} steps/s`;
}
