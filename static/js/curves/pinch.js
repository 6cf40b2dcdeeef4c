/** Two fingers on a figure stretch its horizontal axis: what was under each of them stays there. */

/** @typedef {import("./stretch.js").Stretch} Stretch */

const LEAST_SHARE = 0.05; // of the width between two fingers: closer ones would make the stretch endless

/**
 * The stretch in sight once two fingers have moved.
 * @param {Stretch} stretch  before
 * @param {[number, number]} before  where the fingers were, as shares of the width, the left one first
 * @param {[number, number]} after   where they are
 * @returns {Stretch}
 */
export function pinched([from, to], before, after) {
  const length = ((to - from) * apart(before)) / apart(after);
  const held = from + (to - from) * middle(before);
  const start = held - length * middle(after);
  return [start, start + length];
}

/**
 * Draws this figure while the fingers move, and tells when one of them leaves.
 * @param {any} Plotly
 * @param {any} plot
 * @param {(stretch: Stretch) => void} onPinch  called with the range of the horizontal axis
 * @returns {() => boolean} whether the touch is of two fingers: the library takes them for one that clicks twice
 */
export function listenToPinch(Plotly, plot, onPinch) {
  /** @type {{ range: Stretch, shares: [number, number] } | null} */
  let begun = null;
  /** @type {Stretch | null} */
  let range = null;
  let wasPinched = false;
  let frame = 0;

  function draw() {
    frame = 0;
    if (range !== null) Plotly.relayout(plot, { "xaxis.range": range });
  }

  function begin(/** @type {TouchEvent} */ event) {
    wasPinched = event.touches.length > 1;
    if (event.touches.length !== 2 || ![...event.touches].every(({ target }) => plot.contains(target))) return;
    event.preventDefault(); // the page would grow instead
    begun = { range: [...plot.layout.xaxis.range], shares: sharesOf(plot, event.touches) };
  }

  function follow(/** @type {TouchEvent} */ event) {
    if (begun === null || event.touches.length !== 2) return;
    event.preventDefault();
    range = pinched(begun.range, begun.shares, sharesOf(plot, event.touches));
    if (frame === 0) frame = requestAnimationFrame(draw);
  }

  function end(/** @type {TouchEvent} */ event) {
    const reached = range;
    [begun, range] = [null, null];
    if (reached !== null) onPinch(reached);
    if (event.touches.length === 0) setTimeout(() => (wasPinched = false)); // once the library has heard it too
  }

  plot.addEventListener("touchstart", begin, { capture: true, passive: false }); // before the library
  plot.addEventListener("touchmove", follow, { passive: false });
  for (const name of ["touchend", "touchcancel"]) plot.addEventListener(name, end);
  return () => wasPinched;
}

/** Where two fingers are between the left and the right end of the axis. */
function sharesOf(plot, touches) {
  const { left, width } = plot.querySelector(".nsewdrag").getBoundingClientRect();
  return [...touches].map(({ clientX }) => (clientX - left) / width).sort((a, b) => a - b);
}

function apart([left, right]) {
  return Math.max(LEAST_SHARE, right - left);
}

function middle([left, right]) {
  return (left + right) / 2;
}
