/** The bars of the next run: where they come from, and a look at them. Joins upload and preview to the settings. */

import { byId } from "./dom.js";
import { createPreview } from "./preview.js";
import { createUpload } from "./upload.js";

const USER_FILE = "file";
/** A split is given by both of a pair; between the two, nothing is wrong yet. */
const PAIRS = [
  ["validation_from", "test_from"],
  ["train_fraction", "validation_fraction"],
];

/** @param {import("./figures.js").Figures} figures */
export function createDataPanel(figures) {
  const preview = createPreview(figures);
  const upload = createUpload(choose);

  return {
    retry: preview.retry,
    /**
     * Called with the settings of the data when they have changed, and the labels of those that cannot be used.
     * @param {Record<string, any>} config
     * @param {string[]} unusable
     * @param {Record<string, string>} labels  of all settings
     */
    show(config, unusable, labels) {
      byId("data-panel").hidden = false;
      upload.show(config.dataset === USER_FILE);
      const reason = obstacle(config, unusable, labels);
      if (reason !== "") return preview.wait(reason);
      preview.show(config, config.dataset === USER_FILE ? upload.nameOf(config.data_file) : null, labels);
    },
    /**
     * Whether a run can start; says what is missing where it cannot.
     * @param {Record<string, any>} config
     */
    allows(config) {
      if (!isFileMissing(config)) return true;
      upload.ask();
      return false;
    },
  };
}

/**
 * Why there are no bars to look at yet; empty when nothing is in the way.
 * @param {Record<string, any>} config
 * @param {string[]} unusable  labels of settings
 * @param {Record<string, string>} labels  of all settings
 * @returns {string}
 */
export function obstacle(config, unusable, labels) {
  if (unusable.length > 0) return `The bars are shown once this can be used: ${unusable.join(", ")}.`;
  if (isFileMissing(config)) return "The bars are shown here once a file is chosen.";
  const half = PAIRS.find((pair) => pair.filter((name) => Boolean(config[name])).length === 1);
  return half ? `The bars are shown once both are set, or neither: ${half.map((name) => labels[name]).join(", ")}.` : "";
}

function isFileMissing({ dataset, data_file: fileId }) {
  return dataset === USER_FILE && fileId === "";
}

/** Writes the file's id where the form keeps it, as if a person had. */
function choose(/** @type {string} */ fileId) {
  const input = byId("parameter-data_file");
  input.value = fileId;
  for (const type of ["input", "change"]) input.dispatchEvent(new Event(type, { bubbles: true }));
}
