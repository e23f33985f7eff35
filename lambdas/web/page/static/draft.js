// What is being changed, kept by the browser until it is saved: one draft of each kind for a job and revision.

export class Draft {
  constructor(job, { kind = "text", revision = job.revision } = {}) {
    this.key = prefixOf(kind, job) + revision;
  }

  /** The text of another revision of this job, or null: the job has changed since it was begun. */
  static ofAnotherRevision(job) {
    const [prefix, own] = [prefixOf("text", job), new Draft(job).key];
    const key = Object.keys(localStorage).find((each) => each.startsWith(prefix) && each !== own);
    return key ? new Draft(job, { revision: key.slice(prefix.length) }) : null;
  }

  get text() {
    return localStorage.getItem(this.key);
  }

  /** -> whether the browser keeps the text; it does not if its storage is full or switched off. */
  keep(text) {
    try {
      localStorage.setItem(this.key, text);
      return true;
    } catch {
      return false;
    }
  }

  remove() {
    localStorage.removeItem(this.key);
  }
}

const prefixOf = (kind, job) => `syncline.${kind}.${job.id}.`;
