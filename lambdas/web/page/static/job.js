// A job's page: while it is under way it is asked about; once it has ended, its text is there to read along.
import { read } from "./reader.js";
import { clock } from "./text.js";

const FINAL = ["SUCCEEDED", "FAILED", "REJECTED"];
const LONGEST_PAUSE = 5; // seconds; somebody is watching
const article = document.getElementById("job");
const { address, state, revision } = article.dataset;

async function ask(etag) {
  const headers = { Accept: "application/json", ...(etag && { "If-None-Match": etag }) };
  const answer = await fetch(address, { headers, cache: "no-store" }).catch(() => null);
  if (answer?.status === 401) return location.reload();
  if (answer?.ok) {
    const job = await answer.json();
    if (job.state !== state || (job.revision ?? "") !== revision) return location.reload();
    show(job);
    etag = answer.headers.get("ETag");
  }
  const pause = Number(answer?.headers.get("Retry-After")) || LONGEST_PAUSE;
  setTimeout(ask, Math.min(pause, LONGEST_PAUSE) * 1000, etag);
}

function show(job) {
  const standing = document.getElementById("standing");
  if (!standing) return;
  document.getElementById("progress").value = job.progress;
  const stage = job.stage ?? "starting";
  const where = job.state === "RUNNING" ? stage[0].toUpperCase() + stage.slice(1) : `${job.ahead ?? 0} before it`;
  const left = job.expected_seconds_left ? `, about ${clock(job.expected_seconds_left)} left` : "";
  if (standing.textContent.trim() !== where + left) standing.textContent = where + left;
}

async function retry(button) {
  button.disabled = true;
  const answer = await fetch(`${address}/retry`, { method: "POST", headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.ok) return location.reload();
  const problem = await answer?.json().catch(() => null);
  document.getElementById("retried").textContent = problem?.detail ?? "That did not work. Try again in a moment.";
  button.disabled = false;
}

const button = document.getElementById("retry");
button?.addEventListener("click", () => retry(button));
if (!FINAL.includes(state)) ask();
const reader = document.getElementById("reader");
if (reader) read(reader, address);
