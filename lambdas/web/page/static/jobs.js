// Refresh the list: often while a job is queued or running, else seldom. An unchanged list is left alone.
import { fetchPage } from "./refresh.js";

const [BUSY_SECONDS, IDLE_SECONDS] = [4, 15];
const pause = () => (document.querySelector('[data-state="QUEUED"], [data-state="RUNNING"]') ? BUSY_SECONDS : IDLE_SECONDS) * 1000;

async function refresh() {
  const fresh = document.hidden ? null : (await fetchPage())?.page.querySelector("main");
  const main = document.querySelector("main");
  if (fresh && fresh.innerHTML !== main.innerHTML) main.replaceChildren(...fresh.childNodes);
  setTimeout(refresh, pause());
}

setTimeout(refresh, pause());
