/** A file of the person's own: sent whole when it is chosen, kept by the server or refused with its faults. */

import { uploadFile } from "./api.js";
import { byId, setAttribute, setText } from "./dom.js";
import { number } from "./format.js";
import { renderRefusal } from "./preview.js";

const MEBIBYTE = 2 ** 20;

/** @param {(fileId: string) => void} onKept */
export function createUpload(onKept) {
  /** @type {Map<string, string>} */
  const names = new Map();
  const input = byId("upload-file");
  let newest = 0;

  input.addEventListener("click", () => (input.value = "")); // so that a corrected file can be chosen again
  input.addEventListener("change", () => {
    if (input.files.length > 0) send(input.files[0]);
  });

  /** Of several files chosen in a row, the newest counts. */
  async function send(/** @type {File} */ file) {
    const attempt = (newest += 1);
    refuse("");
    setBusy(`Checking ${file.name}, ${sizeText(file.size)}…`);
    try {
      const { file_id: fileId } = await uploadFile(file);
      names.set(fileId, file.name);
      if (attempt === newest) onKept(fileId);
    } catch (/** @type {any} */ error) {
      if (attempt === newest) refuse(error.message);
    } finally {
      if (attempt === newest) setBusy("");
    }
  }

  function refuse(/** @type {string} */ message) {
    renderRefusal(byId("upload-error"), message);
    setAttribute(input, "aria-invalid", message === "" ? null : "true");
  }

  return {
    /** Shown where the bars come from a file, and only there. */
    show(/** @type {boolean} */ isWanted) {
      byId("upload").hidden = !isWanted;
      if (!isWanted) refuse("");
    },
    /** What the file of this id was called; its id where this page does not know. */
    nameOf: (/** @type {string} */ fileId) => names.get(fileId) ?? `uploaded file ${fileId}`,
    ask() {
      refuse("Choose a file first.");
      input.focus();
    },
  };
}

/**
 * A file's size in words: "12 KiB", "3.4 MiB".
 * @param {number} bytes
 * @returns {string}
 */
export function sizeText(bytes) {
  return bytes < MEBIBYTE ? `${number(Math.ceil(bytes / 1024))} KiB` : `${number(bytes / MEBIBYTE, 1)} MiB`;
}

function setBusy(/** @type {string} */ text) {
  setText(byId("upload-state"), text);
  byId("upload-progress").hidden = text === "";
  setAttribute(byId("upload"), "aria-busy", text === "" ? null : "true");
}
