/** Holds the one state, tells listeners at once of each change and views at most once a frame. */

/**
 * @template S
 * @param {(state: S, action: any) => S} reduce
 * @param {S} initial
 */
export function createStore(reduce, initial) {
  let state = initial;
  let frame = 0;
  let isHeld = false;
  /** @type {((state: S) => void)[]} */
  const listeners = [];
  /** @type {((state: S) => void)[]} */
  const views = [];
  /** @type {(() => void)[]} */
  let waiting = []; // for the next drawing

  function draw() {
    frame = 0;
    if (isHeld) return;
    for (const view of views) view(state);
    const drawn = waiting;
    waiting = [];
    for (const act of drawn) act();
  }

  /** Draws at the next frame; a hidden page gets no frames and draws when it is seen again. */
  function invalidate() {
    if (frame === 0) frame = requestAnimationFrame(draw);
  }

  return {
    get state() {
      return state;
    },
    dispatch(/** @type {any} */ action) {
      const next = reduce(state, action);
      if (next === state) return;
      state = next;
      for (const listener of listeners) listener(state);
      invalidate();
    },
    listen: (/** @type {(state: S) => void} */ listener) => void listeners.push(listener),
    show: (/** @type {(state: S) => void} */ view) => void views.push(view),
    invalidate,
    /** Calls it once the state as it is by then has been drawn: what was hidden may be in sight. */
    afterDrawing(/** @type {() => void} */ act) {
      waiting.push(act);
      invalidate();
    },
    /** Nothing is drawn until `release`; the state changes all the same. */
    hold: () => void (isHeld = true),
    release() {
      if (!isHeld) return;
      isHeld = false;
      invalidate();
    },
  };
}
