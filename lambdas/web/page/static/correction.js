// Correct the transcript as plain text, with uncertain words marked. A draft is kept until it is saved; saving uploads
// the text, and the job runs again.
import { Draft } from "./draft.js";
import { ask, ServerError, store } from "./server.js";
import { isDoubtful } from "./text.js";
import { TextEditor } from "./text_editor.js";
import { placesIn } from "./word_places.js";

const DRAFT_PAUSE = 400; // milliseconds without a key until the draft is kept
const CONFLICTS = [409, 412];

/** `reader` is null if the job has no text yet. */
export async function openCorrection(section, { job, reader }) {
  const correction = new Correction(section, job, reader);
  await correction.open();
  return correction;
}

class Correction {
  constructor(section, job, reader) {
    [this.section, this.job, this.reader] = [section, job, reader];
    this.draft = new Draft(job);
    this.status = section.querySelector("[role=status]");
    this.alert = section.querySelector("[role=alert]");
    this.actions = {
      save: () => this.save(), next: () => this.goToUncertain(), play: () => this.playOrPause(), discard: () => this.discard(),
      renew: () => location.reload(),
    };
  }

  async open() {
    this.section.hidden = false;
    this.say("Loading the transcript …");
    try {
      this.original = await this.currentText();
    } catch (error) {
      return this.say(messageOf(error));
    }
    this.show(this.draft.text ?? this.original);
    this.say(this.draft.text === null ? "" : "Your draft is open. It is not saved yet.");
    this.listen();
  }

  /** The file as it was uploaded. A job that transcribed has none: its text is what was heard. */
  async currentText() {
    if (!this.job.hasTranscript) return this.reader.text.slice(0);
    const answer = await fetch(`${this.job.address}/transcript`).catch(() => null);
    if (!answer?.ok) throw new ServerError("The transcript could not be loaded. Reload the page to try again.");
    return (await answer.text()).replaceAll("\r\n", "\n");
  }

  show(text) {
    this.editor = new TextEditor(text);
    const { box } = this.editor;
    [box.lang, box.dir] = [this.job.language, "auto"];
    if (this.reader) this.reader.showInstead(this.section, box);
    else this.section.after(box);
    document.body.classList.add("correcting");
    this.places = this.reader ? placesIn(text, this.reader.text) : [];
    this.editor.mark("doubtful", this.places.filter(({ word }) => isDoubtful(word)));
    this.editor.mark("unheard", this.places.filter(({ word }) => word.case !== "success"));
    this.button("next").hidden = !this.uncertain;
    this.button("play").hidden = !this.reader?.media;
    box.focus({ preventScroll: true });
  }

  listen() {
    this.section.addEventListener("click", ({ target }) => this.actions[target.dataset.act]?.());
    this.editor.box.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.keepDraft(), DRAFT_PAUSE);
    });
    addEventListener("pagehide", () => this.timer && this.keepDraft());
    document.addEventListener("keydown", (event) => this.onKey(event));
  }

  onKey(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const act = { s: this.actions.save, Enter: this.actions.play, ".": this.actions.next }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  keepDraft() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.editor.dropChangedMarks();
    if (!this.changed) this.draft.remove();
    const kept = !this.changed || this.draft.keep(this.editor.text);
    this.say(kept ? (this.changed ? "Draft kept by this browser." : "") : "This browser cannot keep the draft. Save soon.");
  }

  get changed() {
    return this.editor.text !== this.original;
  }

  get uncertain() {
    return [...this.editor.marks.values()].flat().length;
  }

  goToUncertain() {
    const place = this.editor.selectNextMark();
    if (!place) return this.say("No uncertain word is left.");
    const { word } = place;
    const why = word.case === "success" ? `confidence ${Math.round(word.confidence * 100)}%` : "not heard in the recording";
    this.say(`“${this.reader.text.slice(word.startOffset, word.endOffset)}”: ${why}`);
  }

  playOrPause() {
    const { media } = this.reader ?? {};
    if (!media) return;
    if (!media.paused) return media.pause();
    const caret = this.editor.caretPlace;
    const heard = this.places.filter(({ word }) => word.case === "success");
    const from = caret === null ? null : (heard.findLast(({ start }) => start <= caret) ?? heard[0]);
    if (from) this.reader.seek(from.word.start);
    this.reader.play();
  }

  async save() {
    if (this.saving) return;
    const text = this.editor.text;
    if (!text.trim()) return this.say("The transcript is empty.");
    if (!this.changed && this.job.hasTranscript) return this.say("Nothing has changed.");
    this.keepDraft();
    this.setSaving(true);
    this.say("Saving …");
    try {
      await this.upload(new TextEncoder().encode(text));
      this.draft.remove();
      this.say("Saved. The job runs again; this page follows it.");
      this.job.onSaved();
    } catch (error) {
      this.setSaving(false);
      this.fail(error);
    }
  }

  async upload(bytes) {
    const headers = { "If-Match": `"${this.job.revision}"` };
    const { uploads } = await ask(`${this.job.address}/transcript`, { method: "PUT", headers, body: { bytes: bytes.length } });
    for (const upload of uploads) await store(upload, upload.body ?? bytes);
  }

  setSaving(saving) {
    this.saving = saving;
    this.editor.editable = !saving;
    for (const name of ["save", "discard"]) this.button(name).disabled = saving;
  }

  fail(error) {
    if (!CONFLICTS.includes(error.status)) return this.say(messageOf(error));
    this.say("");
    this.alert.querySelector("p").textContent =
      `${error.code ? error.message : "The transcript has changed since you opened it."} Your text is kept by this browser: ` +
      "the page of the new version offers to continue with it.";
    this.alert.hidden = false;
    this.button("renew").focus();
  }

  discard() {
    if (this.changed && !confirm("Discard your changes to the transcript?")) return;
    clearTimeout(this.timer);
    this.draft.remove();
    location.reload();
  }

  button(name) {
    return this.section.querySelector(`[data-act=${name}]`);
  }

  say(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }
}

function messageOf(error) {
  if (!(error instanceof ServerError)) console.error(error);
  return error instanceof ServerError ? error.message : "That did not work. Try again in a moment.";
}
