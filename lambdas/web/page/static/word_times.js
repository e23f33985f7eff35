// Adjust the times of single words and confirm them. Confirmed times are a file beside the recording; later runs keep
// them. What is not saved yet is kept by the browser.
import { Draft } from "./draft.js";
import { element } from "./elements.js";
import { ask, store } from "./server.js";

export const wordTimes = {
  slot: "player",
  wanted: (job) => job.confirmable,
  async mount(host, reader) {
    const confirmed = new ConfirmedTimes(reader.text, new Draft(reader.job, { kind: "times" }));
    if (reader.job.hasTimes) confirmed.readSaved(await savedTimes(reader.job.address));
    new WordTimes(host, reader, confirmed).begin();
  },
};

async function savedTimes(address) {
  const answer = await fetch(`${address}/times`).catch(() => null);
  if (!answer?.ok) throw new Error("The confirmed times cannot be loaded.");
  return answer.json();
}

/** The confirmed times of the words of a text: those of the file, and those that are not saved yet. */
export class ConfirmedTimes {
  constructor(text, draft) {
    [this.text, this.draft] = [text, draft];
    this.saved = new Map(); // offset of a word -> { start, end }
    this.changes = new Map(JSON.parse(draft.text ?? "[]"));
  }

  /** The file may be of an earlier text. In the alignment, a confirmed word has exactly the confirmed times. */
  readSaved({ words }) {
    const known = new Set(words.map(keyOf));
    for (const word of this.text.heard) if (known.has(keyOf(word))) this.saved.set(word.startOffset, { start: word.start, end: word.end });
  }

  of(word) {
    return this.changes.get(word.startOffset) ?? this.saved.get(word.startOffset) ?? null;
  }

  /** -> the reason why these times cannot be confirmed, or null. Confirmed words must follow each other in time. */
  problem(word, { start, end }) {
    if (!(start >= 0 && end > start)) return "The end must be after the start.";
    if (end > this.text.seconds) return "The recording ends before that.";
    const others = this.all().filter((each) => each.startOffset !== word.startOffset);
    const before = others.findLast((each) => each.startOffset < word.startOffset);
    const after = others.find((each) => each.startOffset > word.startOffset);
    if (before && before.end > start) return `“${this.spelled(before)}” is confirmed to end at ${before.end.toFixed(2)}.`;
    if (after && after.start < end) return `“${this.spelled(after)}” is confirmed to start at ${after.start.toFixed(2)}.`;
    return null;
  }

  confirm(word, times) {
    this.changes.set(word.startOffset, times);
    return this.draft.keep(JSON.stringify([...this.changes]));
  }

  discard() {
    this.changes.clear();
    this.draft.remove();
  }

  all() {
    return this.text.words.filter((word) => this.of(word)).map((word) => ({ ...offsetsOf(word), ...this.of(word) }));
  }

  spelled(word) {
    return this.text.slice(word.startOffset, word.endOffset);
  }

  get file() {
    return JSON.stringify({ transcript: this.text.slice(0), words: this.all() });
  }
}

const keyOf = ({ start, end }) => `${start.toFixed(3)} ${end.toFixed(3)}`;
const offsetsOf = ({ startOffset, endOffset }) => ({ startOffset, endOffset });

class WordTimes {
  constructor(host, reader, confirmed) {
    [this.host, this.reader, this.confirmed] = [host, reader, confirmed];
    this.word = null;
  }

  begin() {
    this.host.classList.add("word-times");
    this.form = this.makeForm();
    this.pending = this.makePending();
    this.host.append(this.form, this.pending);
    this.reader.addTool(button("Adjust times", () => this.toggle(), "reading-only"));
    this.reader.addKey("t", () => this.toggle(true));
    this.reader.addEventListener("chosen", () => this.form.hidden || this.show(this.reader.chosen));
    for (const word of this.reader.text.words) this.mark(word);
    this.update();
  }

  toggle(open = this.form.hidden) {
    this.form.hidden = !open;
    const word = this.reader.chosen ?? this.reader.text.before(this.reader.seconds) ?? this.reader.text.words[0];
    if (open && word) this.show(word);
    if (open) this.start.select();
    else if (this.word) this.reader.focus(this.word);
  }

  makeForm() {
    const form = element("form", "tools");
    form.hidden = true;
    form.ariaLabel = "Times of a word";
    this.title = element("strong");
    [this.start, this.end] = ["Start", "End"].map(secondsField);
    this.status = element("span", "note");
    this.status.role = "status";
    form.append(
      this.title, this.start.parentElement, this.end.parentElement, button("Play word", () => this.play()),
      element("button", "", "Confirm"), button("Close", () => this.toggle(false)), this.status,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.confirm();
    });
    form.addEventListener("keydown", (event) => event.key === "Escape" && this.toggle(false));
    return form;
  }

  makePending() {
    const box = element("p", "tools");
    this.save = button("Save", () => this.send(), "primary");
    box.append(this.save, button("Discard", () => this.discard()));
    return box;
  }

  show(word) {
    this.word = word;
    const times = this.confirmed.of(word) ?? { start: word.start ?? this.reader.seconds, end: word.end ?? this.reader.seconds + 0.3 };
    this.title.textContent = this.confirmed.spelled(word);
    [this.start.value, this.end.value] = [times.start.toFixed(2), times.end.toFixed(2)];
    this.say(this.confirmed.of(word) ? "Confirmed" : "");
  }

  get times() {
    return { start: this.start.valueAsNumber, end: this.end.valueAsNumber };
  }

  play() {
    const { start, end } = this.times;
    if (end > start) this.reader.playBetween(start, end);
  }

  confirm() {
    const problem = this.confirmed.problem(this.word, this.times);
    if (problem) return this.say(problem);
    const kept = this.confirmed.confirm(this.word, this.times);
    this.mark(this.word);
    this.say(kept ? "Confirmed" : "Confirmed, but this browser cannot keep it. Save soon.");
    this.update();
    this.reader.focus(this.word);
  }

  mark(word) {
    this.reader.spanOf(word).classList.toggle("confirmed", Boolean(this.confirmed.of(word)));
  }

  update() {
    const count = this.confirmed.changes.size;
    this.pending.hidden = !count;
    this.save.textContent = `Save ${count === 1 ? "1 word" : `${count} words`} and run again`;
  }

  discard() {
    const changed = this.reader.text.words.filter((word) => this.confirmed.changes.has(word.startOffset));
    this.confirmed.discard();
    for (const word of changed) this.mark(word);
    if (this.word) this.show(this.word);
    this.update();
  }

  async send() {
    const { address, revision, onSaved } = this.reader.job;
    const body = new TextEncoder().encode(this.confirmed.file);
    this.save.disabled = true;
    try {
      const headers = { "If-Match": `"${revision}"` };
      const { uploads } = await ask(`${address}/times`, { method: "PUT", headers, body: { bytes: body.length } });
      for (const upload of uploads) await store(upload, body);
      this.confirmed.draft.remove();
      this.say("Saved. The job runs again; this page follows it.");
      onSaved();
    } catch (error) {
      this.save.disabled = false;
      this.say(error.status === 412 ? "The times have changed since you opened them. Reload the page." : error.message);
    }
  }

  say(text) {
    this.status.textContent = text;
  }
}

function secondsField(name) {
  const label = element("label", "", `${name} `);
  const field = element("input");
  Object.assign(field, { type: "number", step: "0.01", min: "0", required: true });
  label.append(field, " s");
  return field;
}

function button(label, act, className = "") {
  const made = element("button", className, label);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}
