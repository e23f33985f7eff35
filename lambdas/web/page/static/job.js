// The page of a job: follow the job until it is final, then show its text beside the recording.
import { read } from "./reader.js";
import { fetchPage } from "./refresh.js";

const FINAL = ["SUCCEEDED", "FAILED", "REJECTED"];
const MAX_PAUSE_SECONDS = 5; // a person is watching
const article = document.getElementById("job");
const { address, state, revision } = article.dataset;
const job = { address, revision, results: JSON.parse(article.dataset.results) };

async function follow() {
  const answer = await fetchPage();
  const fresh = answer?.page.getElementById("job");
  if (fresh) {
    if (fresh.dataset.state !== state || fresh.dataset.revision !== revision) return location.reload();
    showProgress(fresh);
  }
  const pause = Math.min(answer?.retryAfter || MAX_PAUSE_SECONDS, MAX_PAUSE_SECONDS);
  setTimeout(follow, pause * 1000);
}

/** The server writes the sentence about progress. An unchanged one is left alone: screen readers announce changes. */
function showProgress(fresh) {
  const [status, freshStatus] = [document.getElementById("standing"), fresh.querySelector("#standing")];
  if (!status || !freshStatus) return;
  document.getElementById("progress").value = fresh.querySelector("#progress").value;
  if (status.textContent !== freshStatus.textContent) status.textContent = freshStatus.textContent;
}

async function retry(button) {
  button.disabled = true;
  const response = await fetch(`${address}/retry`, { method: "POST", headers: { Accept: "application/json" } }).catch(() => null);
  if (response?.ok) return location.reload();
  const problem = await response?.json().catch(() => null);
  document.getElementById("retried").textContent = problem?.detail ?? "That did not work. Try again in a moment.";
  button.disabled = false;
}

const button = document.getElementById("retry");
button?.addEventListener("click", () => retry(button));
if (!FINAL.includes(state)) follow();
const reader = document.getElementById("reader");
if (reader) read(reader, job);
