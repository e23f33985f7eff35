// While a job is under way, the list is looked at again; nothing flickers, since only what changed is replaced.
const SECONDS = 4;
const under_way = () => document.querySelector('[data-state="QUEUED"], [data-state="RUNNING"], [data-state="WAITING"], .empty');

async function look() {
  if (!document.hidden && under_way()) {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer?.status === 401) return location.reload();
    if (answer?.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
      const main = document.querySelector("main");
      if (fresh && fresh.innerHTML !== main.innerHTML) main.replaceChildren(...fresh.childNodes);
    }
  }
  setTimeout(look, SECONDS * 1000);
}

setTimeout(look, SECONDS * 1000);
