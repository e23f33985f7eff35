"use strict";
// Words carry their start in milliseconds. They are sorted once, so that finding the current word is a binary search.
const media = document.querySelector("audio, video");
const words = [...document.querySelectorAll(".w")].map(node => ({node, start: Number(node.dataset.s), end: Number(node.dataset.e)}));
const byTime = [...words].sort((a, b) => a.start - b.start);
const follow = document.getElementById("follow");
const search = document.getElementById("search");
const found = document.getElementById("found");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let current = null, hits = [], hit = -1;

function wordAt(ms) {
  let low = 0, high = byTime.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byTime[middle].start <= ms) low = middle + 1; else high = middle;
  }
  const word = byTime[low - 1];
  return word && ms < word.end ? word : null;
}

function show() {
  const word = wordAt(media.currentTime * 1000);
  if (word !== current) {
    current?.node.classList.remove("now");
    word?.node.classList.add("now");
    current = word;
    if (word && follow.checked) scrollTo(word.node);
  }
  if (!media.paused) requestAnimationFrame(show);
}

function scrollTo(node) {
  const box = node.getBoundingClientRect();
  const top = document.querySelector("header").offsetHeight;
  if (box.top < top + 20 || box.bottom > innerHeight * .75)
    node.scrollIntoView({block: "center", behavior: calm.matches ? "auto" : "smooth"});
}

function seek(seconds) { media.currentTime = Math.max(0, seconds); show(); }

function find() {
  hits.forEach(word => word.node.classList.remove("hit"));
  const wanted = search.value.trim().toLocaleLowerCase();
  hits = wanted ? words.filter(word => word.node.textContent.toLocaleLowerCase().includes(wanted)) : [];
  hits.forEach(word => word.node.classList.add("hit"));
  hit = -1;
  found.textContent = wanted ? `${hits.length} found` : "";
}

function nextHit() {
  if (!hits.length) return;
  hit = (hit + 1) % hits.length;
  scrollTo(hits[hit].node);
  seek(hits[hit].start / 1000);
  found.textContent = `${hit + 1} of ${hits.length}`;
}

if (media) {
  for (const event of ["play", "seeked", "timeupdate"]) media.addEventListener(event, show);
  document.querySelector("main").addEventListener("click", event => {
    const node = event.target.closest(".w");
    if (node && getSelection().isCollapsed) { seek(Number(node.dataset.s) / 1000); history.replaceState(null, "", `#t=${node.dataset.s / 1000}`); }
  });
  document.addEventListener("keydown", event => {
    if (event.target.matches("input, select, audio, video, button") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " ") { event.preventDefault(); media.paused ? media.play() : media.pause(); }
    if (event.key === "ArrowLeft") seek(media.currentTime - 5);
    if (event.key === "ArrowRight") seek(media.currentTime + 5);
    if (event.key === "/") { event.preventDefault(); search.focus(); }
  });
  document.getElementById("speed").addEventListener("change", event => { media.playbackRate = Number(event.target.value); });
  const link = /^#t=([0-9.]+)$/.exec(location.hash);
  if (link) media.addEventListener("loadedmetadata", () => seek(Number(link[1])), {once: true});
}
search.addEventListener("input", find);
document.querySelector("form").addEventListener("submit", event => { event.preventDefault(); nextHit(); });
