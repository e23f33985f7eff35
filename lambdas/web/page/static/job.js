// The page of a job: follow the job until it is final, show its text beside the recording, and correct the text.
import { offerDeletion } from "./deletion.js";
import { Draft } from "./draft.js";
import { read } from "./reader.js";
import { fetchPage } from "./refresh.js";
import { ask } from "./server.js";

const FINAL = ["SUCCEEDED", "FAILED", "REJECTED"];
const [USUAL_PAUSE_SECONDS, MAX_PAUSE_SECONDS] = [2, 5]; // a person is watching
const article = document.getElementById("job");
const { address, state, revision, language } = article.dataset;
/** What reader, panels and correction know about the job. `results` are names; `onSaved` is called after a change. */
const job = {
  address, revision, language,
  id: address.split("/").pop(),
  results: JSON.parse(article.dataset.results),
  hasTranscript: "hasTranscript" in article.dataset,
  hasTimes: "hasTimes" in article.dataset,
  confirmable: "confirmable" in article.dataset,
  onSaved: follow,
};

async function follow() {
  const answer = await fetchPage();
  const fresh = answer?.page.getElementById("job");
  if (fresh) {
    if (fresh.dataset.state !== state || fresh.dataset.revision !== revision) return location.reload();
    showProgress(fresh);
  }
  const pause = Math.min(answer?.retryAfter || USUAL_PAUSE_SECONDS, MAX_PAUSE_SECONDS);
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
  try {
    await ask(`${address}/retry`, { method: "POST" });
    location.reload();
  } catch (error) {
    document.getElementById("retried").textContent = error.message;
    button.disabled = false;
  }
}

function offerCorrection(button, reading) {
  const earlier = Draft.ofAnotherRevision(job);
  const open = async () => {
    button.disabled = true;
    const { openCorrection } = await import("./correction.js");
    await openCorrection(document.getElementById("correction"), { job, reader: await reading });
  };
  button.addEventListener("click", open);
  if (earlier) offerEarlierDraft(document.getElementById("earlier-draft"), earlier, open);
  else if (new Draft(job).text !== null) open();
}

function offerEarlierDraft(section, earlier, open) {
  section.hidden = false;
  section.addEventListener("click", ({ target }) => {
    if (!target.dataset.act) return;
    if (target.dataset.act === "continue") new Draft(job).keep(earlier.text);
    earlier.remove();
    section.hidden = true;
    if (target.dataset.act === "continue") open();
  });
}

const retryButton = document.getElementById("retry");
retryButton?.addEventListener("click", () => retry(retryButton));
if (!FINAL.includes(state)) follow();
const section = document.getElementById("reader");
const reading = section ? read(section, job) : Promise.resolve(null);
const correctButton = document.getElementById("correct");
if (correctButton) offerCorrection(correctButton, reading);
offerDeletion(document.getElementById("delete"), document.getElementById("deletion"), job);
