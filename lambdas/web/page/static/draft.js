// The text that is being corrected, kept by the browser until it is saved: one draft for each job and revision.

const PREFIX = "syncline.draft.";

export class Draft {
  constructor(job, revision = job.revision) {
    this.key = `${PREFIX}${job.id}.${revision}`;
  }

  /** The draft of another revision of this job, or null: the job has changed since it was begun. */
  static ofAnotherRevision(job) {
    const own = new Draft(job).key;
    const key = Object.keys(localStorage).find((each) => each.startsWith(`${PREFIX}${job.id}.`) && each !== own);
    return key ? new Draft(job, key.slice(`${PREFIX}${job.id}.`.length)) : null;
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
