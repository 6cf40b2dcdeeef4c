/** The store: who is told of a change, and when it is drawn. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { createStore } from "../../static/js/store.js";

/** A store of one number, what its view has drawn, and a way to let a frame come. */
function aStore() {
  /** @type {(() => void)[]} */
  const frames = [];
  globalThis.requestAnimationFrame = (/** @type {any} */ draw) => frames.push(draw);
  const store = createStore((_, action) => action, 0);
  /** @type {(number | string)[]} */
  const drawn = [];
  store.show((state) => void drawn.push(state));
  return { store, drawn, frame: () => frames.splice(0).forEach((draw) => draw()) };
}

test("views draw the last state, once a frame", () => {
  const { store, drawn, frame } = aStore();
  store.dispatch(1);
  store.dispatch(2);
  assert.deepEqual(drawn, []);
  frame();
  frame();
  assert.deepEqual(drawn, [2]);
});

test("a page that is held draws nothing, and what it has missed once it is released", () => {
  const { store, drawn, frame } = aStore();
  /** @type {number[]} */
  const heard = [];
  store.listen((state) => void heard.push(state));
  store.dispatch(1);
  store.hold();
  frame();
  store.dispatch(2);
  frame();
  assert.deepEqual([drawn, heard], [[], [1, 2]]);
  store.release();
  frame();
  assert.deepEqual(drawn, [2]);
});

test("to release a page that is not held draws nothing", () => {
  const { store, drawn, frame } = aStore();
  store.release();
  frame();
  assert.deepEqual(drawn, []);
});

test("what waits for the drawing comes once, after it, also where the page is held", () => {
  const { store, drawn, frame } = aStore();
  store.afterDrawing(() => drawn.push("after"));
  store.hold();
  frame();
  assert.deepEqual(drawn, []);
  store.release();
  store.dispatch(1);
  frame();
  store.dispatch(2);
  frame();
  assert.deepEqual(drawn, [1, "after", 2]);
});
