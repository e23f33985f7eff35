// Upload one set: ask the server for forms, then send each file with its form to the bucket.
import { ask, ServerError } from "./server.js";

const SPARE_MILLISECONDS = 60_000; // a form that expires sooner is not used for another attempt

export class Transfer {
  /** `request` is the body of POST /jobs; `files` the files by role. */
  constructor(request, files) {
    this.request = request;
    this.files = files;
    this.sent = new Set(); // roles
    this.total = Object.values(files).reduce((sum, file) => sum + file.size, 0);
  }

  /** -> the job's address. Sends only what is not in the bucket yet. Rejects with a ServerError, or with the signal's reason. */
  async run(signal, onProgress) {
    const forms = await this.currentForms(signal);
    for (const form of forms.uploads.filter(({ role }) => !this.sent.has(role))) {
      const before = this.sentBytes();
      await send(form, this.files[form.role], signal, (bytes) => onProgress((before + bytes) / this.total));
      this.sent.add(form.role);
    }
    return `/jobs/${forms.job_id}`;
  }

  sentBytes() {
    return [...this.sent].reduce((sum, role) => sum + this.files[role].size, 0);
  }

  /** The server gives no new forms for a file that is in the bucket, so a second attempt uses the first one's. */
  async currentForms(signal) {
    const fresh = this.forms && Date.parse(this.forms.expires_at) > Date.now() + SPARE_MILLISECONDS;
    if (!fresh) this.forms = await ask("/jobs", { method: "POST", body: this.request, signal });
    return this.forms;
  }
}

/** XMLHttpRequest, because fetch does not report how much was sent. */
function send(form, file, signal, onProgress) {
  const body = new FormData();
  for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
  body.append("file", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    const fail = (message) => reject(new ServerError(message));
    request.upload.onprogress = ({ loaded }) => onProgress(Math.min(loaded, file.size));
    request.onload = () => (request.status < 300 ? resolve() : fail(`The bucket refused ${file.name} (${request.status}).`));
    request.onerror = () => fail(`The connection broke off while ${file.name} was uploaded.`);
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => signal.removeEventListener("abort", stop);
    signal.throwIfAborted();
    signal.addEventListener("abort", stop);
    request.open("POST", form.url);
    request.send(body);
  });
}
