/**
 * When things are drawn: in a frame of its own, each at most four times a second and for at most a quarter of the
 * time. What one frame has no time for comes in the frames after it, so that the page answers in between.
 * Knows not what is drawn.
 */

const LEAST_WAIT_MS = 250;
const FRAME_MS = 40; // of drawing

/**
 * @typedef {object} Job
 * @property {() => boolean} isDue
 * @property {() => void} draw
 */

export function createDrawQueue() {
  /** @type {(Job & { next: number })[]} */
  const jobs = [];
  let frame = 0;
  let timer = 0;

  function ask() {
    frame ||= requestAnimationFrame(drawDue);
  }

  function drawDue() {
    frame = 0;
    const start = performance.now();
    const due = jobs.filter((job) => job.isDue());
    for (const job of due.filter(({ next }) => next <= start)) {
      if (performance.now() - start >= FRAME_MS) return ask();
      run(job);
    }
    const waiting = due.map(({ next }) => next - start).filter((wait) => wait > 0);
    if (waiting.length > 0) wakeIn(Math.min(...waiting));
  }

  function wakeIn(/** @type {number} */ ms) {
    clearTimeout(timer);
    timer = setTimeout(ask, ms);
  }

  return {
    /** Those added first are drawn first. */
    add: (/** @type {Job} */ job) => void jobs.push({ ...job, next: -Infinity }),
    /** Has everything drawn, in the next frame, that is due by then. */
    ask,
  };
}

function run(job) {
  const start = performance.now();
  job.draw();
  const end = performance.now();
  job.next = Math.max(start + LEAST_WAIT_MS, end + 3 * (end - start));
}
