// The list is looked at again, often only while something is being worked on; what did not change is left alone.
const [OFTEN, SELDOM] = [4, 15]; // seconds
const pause = () => (document.querySelector('[data-state="QUEUED"], [data-state="RUNNING"]') ? OFTEN : SELDOM) * 1000;

async function look() {
  if (!document.hidden) {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer?.status === 401) return location.reload();
    if (answer?.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
      const main = document.querySelector("main");
      if (fresh && fresh.innerHTML !== main.innerHTML) main.replaceChildren(...fresh.childNodes);
    }
  }
  setTimeout(look, pause());
}

setTimeout(look, pause());
