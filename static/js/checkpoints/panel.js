/** The shown run's checkpoints: what each of them is, and what can be done with it. */

import { confirmed } from "../confirm.js";
import { arrange, byId, element, setMessage, setText } from "../dom.js";
import { moment, number } from "../format.js";
import { metricText } from "../metrics.js";
import { BUSY, renderOrder } from "../order_buttons.js";
import { createQueue } from "../queue.js";
import { createRunMessage } from "../run_message.js";
import { obstacleTo } from "../standing.js";
import { setObstacle } from "../unavailable.js";
import { checkpointPath, fetchCheckpoints, pinCheckpoint, policyPath, rollBack, saveCheckpoint } from "./api.js";

const REASONS = {
  episode: "after an episode",
  gate: "before the gate opens",
  pause: "on pause",
  stop: "on stop",
  end: "at the end",
  request: "by hand",
  fork: "where it was forked",
};
const HEADS = ["Step", "Episodes", "Saved", "When", "Size", "Validation Sharpe", "Marks", "Actions"];
const ROW_ORDERS = /** @type {const} */ (["pin", "fork", "roll_back"]);
const NUMBERS = new Set(["Step", "Episodes", "Size", "Validation Sharpe"]);

/**
 * @param {{ state: import("../reducer.js").State, dispatch: (action: any) => void, invalidate: () => void,
 *   listen: (listener: (state: any) => void) => void }} store
 * @param {(step: number) => void} onFork
 * @returns {(state: import("../reducer.js").State) => void} the view
 */
export function createCheckpoints(store, onFork) {
  /** @type {{ runId: string | null, version: string, list: any[] }} */
  let known = { runId: null, version: "", list: [] };
  const problem = createRunMessage();
  let acts = 0; // each may have changed the list
  let isBusy = false;
  let isUnread = false; // the last attempt to load the list failed
  /** @type {Map<string, ReturnType<typeof createRow>>} */
  let rows = new Map(); // by run and step: one that stays keeps its focus

  byId("checkpoints-head").replaceChildren(...HEADS.map((head) => element("th", { scope: "col", class: side(head) }, head)));
  byId("save-checkpoint").addEventListener("click", () => {
    const { run } = store.state;
    if (run !== null) act(() => saveCheckpoint(run.run_id));
  });
  const loadDue = createQueue(store, { due: (state) => changes(state, known.version, acts), key: String, work: load });
  store.listen(loadDue);

  /** Does one thing at a time, then asks what has become of the list. */
  async function act(/** @type {() => Promise<any>} */ request) {
    if (isBusy) return;
    isBusy = true;
    const { shownRunId } = store.state;
    problem.tell(shownRunId, "");
    store.invalidate();
    try {
      await request();
    } catch (/** @type {any} */ error) {
      problem.tell(shownRunId, error.message);
    }
    isBusy = false;
    acts += 1;
    store.invalidate();
    loadDue();
  }

  /** A list that cannot be loaded is asked for again after a while. */
  async function load(/** @type {string} */ version) {
    const { run_id: runId } = /** @type {import("../reducer.js").Run} */ (store.state.run);
    try {
      known = { runId, version, list: await fetchCheckpoints(runId) };
      if (isUnread) problem.tell(runId, "");
      isUnread = false;
    } catch (/** @type {any} */ error) {
      isUnread = true;
      problem.tell(runId, error.message);
      throw error;
    } finally {
      store.invalidate();
    }
  }

  /** Of the run that the question names: another one may be shown by the time it is answered. */
  async function goBack(/** @type {string} */ runId, /** @type {number} */ step) {
    const title = `Roll back to step ${number(step)}?`;
    const lost = `What came after it in run ${runId} is deleted: episodes, evaluations, checkpoints.`;
    if (!(await confirmed({ title, text: `${lost} This cannot be taken back.`, action: "Roll back" }))) return;
    await act(async () => store.dispatch({ type: "run_received", run: await rollBack(runId, step) }));
  }

  function createRow(/** @type {string} */ runId, /** @type {number} */ step) {
    let isPinned = false;
    const buttons = {
      pin: createButton("", () => act(() => pinCheckpoint(runId, step, !isPinned))),
      fork: createButton("Fork", () => onFork(step)),
      roll_back: createButton("Roll back", () => goBack(runId, step)),
    };
    const links = [
      element("a", { class: "quiet-link", href: checkpointPath(runId, step), download: true }, "Download"),
      element("a", { class: "quiet-link", href: policyPath(runId, step), download: true }, "Policy"),
    ];
    const head = element("th", { scope: "row", class: side("Step") }, number(step));
    const cells = HEADS.slice(1, -1).map((name) => element("td", { class: side(name) }));
    const actions = element("td", { class: "row-actions" }, ...ROW_ORDERS.map((order) => buttons[order]), ...links);
    const node = element("tr", {}, head, ...cells, actions);

    function update(/** @type {any} */ checkpoint, /** @type {Record<string, string>} */ obstacles) {
      isPinned = checkpoint.is_pinned;
      setText(buttons.pin, isPinned ? "Unpin" : "Pin");
      describe(checkpoint).forEach((text, index) => setText(cells[index], text));
      for (const order of ROW_ORDERS) setObstacle(buttons[order], obstacles[order]);
    }
    return { node, update };
  }

  function draw(/** @type {import("../reducer.js").State} */ state) {
    const runId = state.run?.run_id;
    const obstacles = Object.fromEntries(ROW_ORDERS.map((order) => [order, isBusy ? BUSY : obstacleTo(order, state)]));
    const wanted = (known.runId === runId ? known.list.toReversed() : []).map((checkpoint) => {
      const key = `${runId} ${checkpoint.step}`;
      const row = rows.get(key) ?? createRow(String(runId), checkpoint.step);
      row.update(checkpoint, obstacles);
      return /** @type {const} */ ([key, row]);
    });
    rows = new Map(wanted);
    arrange(byId("checkpoints-body"), wanted.map(([, { node }]) => node));
    byId("checkpoints-scroll").hidden = rows.size === 0;
    byId("checkpoints-empty").hidden = rows.size > 0;
  }

  return (state) => {
    renderOrder("save", state, { isBlocked: isBusy });
    setMessage(byId("checkpoints-error"), problem.of(state.shownRunId));
    draw(state);
  };
}

/**
 * What the list of checkpoints depends on, where it is not as it was when the list was loaded.
 * @param {Pick<import("../reducer.js").State, "run" | "evaluations">} state
 * @param {string} version  as it was then
 * @param {number} acts  how often somebody has done something to it on this page
 * @returns {string[]}
 */
export function changes({ run, evaluations }, version, acts) {
  if (run === null) return [];
  const { run_id: runId, checkpoint_step: step, rewinds, status } = run;
  const next = [runId, step, rewinds, status, evaluations.at(-1)?.number, acts].join(" ");
  return next === version ? [] : [next];
}

/**
 * The texts of a checkpoint's cells, after its step.
 * @param {any} checkpoint
 * @returns {string[]}
 */
export function describe(checkpoint) {
  const marks = [checkpoint.is_best && "best", checkpoint.is_pinned && "pinned"].filter(Boolean);
  return [
    number(checkpoint.episodes),
    REASONS[checkpoint.reason] ?? checkpoint.reason,
    moment(checkpoint.created_at),
    `${number(checkpoint.size_bytes / 1e6, 1)} MB`,
    metricText("sharpe", checkpoint.validation_sharpe),
    marks.join(", "),
  ];
}

/** Numbers stand at the right edge of their column, texts at the left. */
function side(/** @type {string} */ head) {
  return NUMBERS.has(head) ? "numeric" : "text";
}

function createButton(text, onClick) {
  const made = element("button", { type: "button", class: "quiet" }, text);
  made.addEventListener("click", onClick);
  return made;
}
