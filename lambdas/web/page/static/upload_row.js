// One upload set in the list of the upload form: its files, its state, and the buttons that change it.
import { element } from "./elements.js";
import { ServerError } from "./server.js";
import { size } from "./upload_checks.js";

const NOTES = { checking: "Checking …", ready: "", queued: "Waits for its turn", sending: "", cancelled: "Cancelled", done: "Uploaded" };

export class UploadRow {
  /** `onRemove` is called with the row, and `onChange` after each change of its state. */
  constructor(set, { onRemove, onChange }) {
    this.set = set;
    this.onChange = onChange;
    this.item = element("li", "set");
    this.title = element("strong", "", set.recording?.path ?? set.files[0].path);
    this.note = element("p", "note");
    this.bar = element("progress");
    this.bar.ariaLabel = `Progress of ${this.title.textContent}`;
    this.link = element("a", "", "Open the job");
    this.stop = this.button("Cancel", () => this.controller.abort());
    this.again = this.button("Try again", () => this.onAgain(this));
    this.remove = this.button("Remove", () => onRemove(this));
    const text = element("div");
    text.append(this.title, " ", element("span", "note", this.parts()), this.note, this.bar);
    this.item.append(text, this.link, this.stop, this.again, this.remove);
    this.show("checking");
  }

  button(label, act) {
    const made = element("button", "plain", label);
    made.type = "button";
    made.ariaLabel = `${label}: ${this.title.textContent}`;
    made.addEventListener("click", act);
    return made;
  }

  parts() {
    const { recording, transcript, files } = this.set;
    if (!recording) return size(files[0].file.size);
    const other = transcript ? `${transcript.file.name} ${size(transcript.file.size)}` : "without a transcript";
    return `${size(recording.file.size)}, ${other}`;
  }

  show(state, message = NOTES[state]) {
    const focused = this.item.contains(document.activeElement) ? document.activeElement : null;
    this.state = state;
    this.item.dataset.state = state;
    this.note.textContent = message;
    this.note.hidden = !message;
    this.bar.hidden = state !== "sending";
    this.link.hidden = state !== "done";
    this.stop.hidden = !["queued", "sending"].includes(state);
    this.again.hidden = !["failed", "cancelled"].includes(state);
    this.remove.hidden = !this.stop.hidden;
    // The focus stays in the row when the button that had it disappears.
    if (focused?.hidden) this.item.querySelector("button:not([hidden])").focus();
    this.onChange(this);
  }

  /** Run the transfer; never rejects. */
  async run() {
    if (this.state !== "queued") return; // cancelled meanwhile
    const { signal } = this.controller;
    this.bar.value = 0;
    this.show("sending");
    try {
      this.link.href = await this.transfer.run(signal, (share) => (this.bar.value = share));
      this.show("done");
    } catch (error) {
      if (signal.aborted) return this.show("cancelled");
      if (!(error instanceof ServerError)) console.error(error);
      this.show("failed", error instanceof ServerError ? error.message : "The upload failed.");
    }
  }

  queue() {
    this.controller = new AbortController();
    this.controller.signal.addEventListener("abort", () => this.state === "queued" && this.show("cancelled"));
    this.show("queued");
  }
}
