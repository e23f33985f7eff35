// The list of jobs: refresh it, often while a job is queued or running, else seldom. Above it are the forms to upload and to search.
import { listenToFindForm } from "./find_form.js";
import { fetchPage } from "./refresh.js";
import { UploadForm } from "./upload_form.js";

const [BUSY_SECONDS, IDLE_SECONDS] = [4, 15];
const EXPECTANT_SECONDS = 30; // after an upload, its job appears in the list
const list = () => document.getElementById("list");
let expectantUntil = 0;
let timer = 0;

async function refresh() {
  const fresh = document.hidden ? null : (await fetchPage())?.page.getElementById("list");
  // An unchanged list is left alone.
  if (fresh && fresh.innerHTML !== list().innerHTML) replace(fresh);
  scheduleRefresh();
}

function replace(fresh) {
  const focused = list().contains(document.activeElement) && document.activeElement.getAttribute("href");
  list().replaceChildren(...fresh.childNodes);
  if (focused) list().querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function scheduleRefresh() {
  clearTimeout(timer);
  timer = setTimeout(refresh, pause() * 1000);
}

function pause() {
  if (performance.now() < expectantUntil) return 1;
  return list().querySelector('[data-state="QUEUED"], [data-state="RUNNING"]') ? BUSY_SECONDS : IDLE_SECONDS;
}

function expectJob() {
  expectantUntil = performance.now() + EXPECTANT_SECONDS * 1000;
  scheduleRefresh();
}

scheduleRefresh();
listenToFindForm(document.getElementById("find"));
new UploadForm(document.getElementById("upload"), expectJob);
