// The upload form of the list of jobs: choose files, see what is wrong with them, send them.
import { droppedFiles } from "./dropped_files.js";
import { problemOf } from "./upload_checks.js";
import { pair } from "./upload_pairs.js";
import { UploadRow } from "./upload_row.js";
import { Transfer } from "./upload_transfer.js";

const AT_ONCE = 3; // sets that are sent at the same time
// What the status line counts: the words, and the states of rows.
const COUNTED = [
  ["uploading", "queued", "sending"],
  ["uploaded", "done"],
  ["not uploaded", "failed", "cancelled"],
  ["cannot be uploaded", "refused"],
];

export class UploadForm {
  /** `onUploaded` is called after each set that reached the bucket. */
  constructor(details, onUploaded) {
    this.details = details;
    this.onUploaded = onUploaded;
    this.rules = JSON.parse(details.dataset.rules);
    this.form = details.querySelector("form");
    this.list = details.querySelector(".sets");
    this.submit = details.querySelector("[type=submit]");
    this.status = details.querySelector("[role=status]");
    this.chosen = new Map(); // files that are not being uploaded, by path
    this.rows = [];
    this.queue = [];
    this.running = 0;
    this.listen();
  }

  listen() {
    const input = this.form.querySelector("#files");
    input.addEventListener("change", () => {
      this.add(Array.from(input.files, (file) => ({ path: file.name, file })));
      input.value = ""; // so that the same file can be chosen again
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.start();
    });
    this.listenForDrops();
    this.listenToLanguages();
    addEventListener("beforeunload", (event) => this.busy && event.preventDefault());
  }

  /** Files may be dropped anywhere on the page. */
  listenForDrops() {
    const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
    addEventListener("dragover", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      this.details.open = true;
      this.form.classList.add("over");
    });
    addEventListener("dragleave", (event) => event.relatedTarget || this.form.classList.remove("over"));
    addEventListener("drop", async (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      this.form.classList.remove("over");
      this.add(await droppedFiles(event.dataTransfer));
    });
  }

  listenToLanguages() {
    const { language, find, chosen } = this.form.elements;
    const boxes = [...this.form.querySelectorAll("[name=translate_to]")];
    const show = () => {
      for (const box of boxes) {
        box.disabled = box.value === language.value; // a translation into the spoken language is refused
        box.parentElement.hidden = !box.parentElement.textContent.toLowerCase().includes(find.value.trim().toLowerCase());
      }
      const names = boxes.filter((box) => box.checked && !box.disabled).map((box) => box.parentElement.textContent.trim());
      chosen.value = names.join(", ") || "none";
    };
    this.form.addEventListener("input", show);
    show();
  }

  add(files) {
    for (const each of files) this.chosen.set(each.path, each);
    this.showChosen();
  }

  /** Rows of files that are not being uploaded are made anew: another file may complete a set. */
  showChosen() {
    this.rows = this.rows.filter((row) => row.transfer);
    const made = pair(this.chosen.values(), this.rules).map((set) => this.rowOf(set));
    this.rows.push(...made);
    this.list.replaceChildren(...this.rows.map((row) => row.item));
    this.update();
    return Promise.all(made.map((row) => this.check(row)));
  }

  rowOf(set) {
    const row = new UploadRow(set, { onRemove: () => this.remove(row), onChange: () => this.update() });
    row.onAgain = () => this.enqueue(row);
    return row;
  }

  async check(row) {
    const problem = await problemOf(row.set, this.rules);
    if (problem) row.show("refused", problem);
    else row.show("ready");
  }

  remove(row) {
    const next = row.item.nextElementSibling ?? row.item.previousElementSibling;
    for (const { path } of row.transfer ? [] : row.set.files) this.chosen.delete(path);
    this.rows = this.rows.filter((each) => each !== row);
    row.item.remove();
    (next?.querySelector("button:not([hidden])") ?? this.form.querySelector("#files")).focus();
    this.update();
  }

  start() {
    for (const row of this.rows.filter(({ state }) => state === "ready")) {
      for (const { path } of row.set.files) this.chosen.delete(path);
      row.transfer = new Transfer(this.requestFor(row.set), filesOf(row.set));
      this.enqueue(row);
    }
  }

  enqueue(row) {
    row.queue();
    this.queue.push(row);
    while (this.running < AT_ONCE && this.queue.length) this.work();
  }

  async work() {
    this.running++;
    for (let row = this.queue.shift(); row; row = this.queue.shift()) {
      await row.run();
      if (row.state === "done") this.onUploaded();
    }
    this.running--;
  }

  requestFor({ recording, transcript }) {
    const values = new FormData(this.form);
    const options = { language: values.get("language"), engine: values.get("engine") };
    const translations = values.getAll("translate_to");
    if (translations.length || this.form.querySelector("[name=translate_to][checked]")) options.translate_to = translations;
    if (!transcript) options.mode = "transcribe";
    const folder = values.get("folder").split("/").map((part) => part.trim()).filter(Boolean);
    const request = { name: [...folder, recording.path].join("/"), bytes: recording.file.size, options };
    return transcript ? { ...request, transcript_bytes: transcript.file.size, transcript_format: transcript.suffix } : request;
  }

  get busy() {
    return this.rows.some(({ state }) => state === "queued" || state === "sending");
  }

  update() {
    const count = (...states) => this.rows.filter(({ state }) => states.includes(state)).length;
    const ready = count("ready");
    this.submit.disabled = !ready;
    this.submit.textContent = ready ? `Upload ${ready === 1 ? "1 recording" : `${ready} recordings`}` : "Upload";
    const said = COUNTED.map(([words, ...states]) => [count(...states), words])
      .filter(([number]) => number)
      .map(([number, words]) => `${number} ${words}`)
      .join(", ");
    if (this.status.textContent !== said) this.status.textContent = said;
  }
}

const filesOf = ({ recording, transcript }) => ({ recording: recording.file, ...(transcript && { transcript: transcript.file }) });
