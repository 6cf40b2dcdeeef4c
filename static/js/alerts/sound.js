/** A short beep, when it is wanted: off until somebody switches it on. */

import { byId } from "../dom.js";
import { remember, remembered } from "../memory.js";

const NAME = "sound";
const PITCH_HZ = { warning: 660, error: 880 };
const LENGTH_S = 0.18;
const LOUDNESS = 0.15;

/** @returns {(level: "warning" | "error") => void} beeps, if it is switched on */
export function createSound() {
  const box = byId("alerts-sound");
  /** @type {AudioContext | null} */
  let context = null;
  box.checked = remembered(NAME) === "on";
  box.addEventListener("change", () => {
    remember(NAME, box.checked ? "on" : "off");
    if (box.checked) beep("warning"); // so that one knows it, and the browser allows the next ones
  });

  function beep(/** @type {"warning" | "error"} */ level) {
    if (!box.checked) return;
    context ??= new AudioContext();
    const tone = new OscillatorNode(context, { frequency: PITCH_HZ[level] });
    const volume = new GainNode(context, { gain: LOUDNESS });
    volume.gain.setTargetAtTime(0, context.currentTime + LENGTH_S / 2, LENGTH_S / 6); // no click at its end
    tone.connect(volume).connect(context.destination);
    tone.start();
    tone.stop(context.currentTime + 2 * LENGTH_S);
  }
  return beep;
}
