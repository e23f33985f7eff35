// The text beside its recording: highlight the spoken word, and jump to a word that is clicked. The page scrolls only
// while Follow is on, or to a place that the user asked for.
import { element, line } from "./elements.js";
import { mountPanels } from "./panels.js";
import { Text, clock, isDoubtful } from "./text.js";
import { Translations } from "./translations.js";
import { WordNavigation } from "./word_navigation.js";

const STEP_SECONDS = 5;
const MIN_LINK_INTERVAL = 250; // milliseconds between two updates of the address: browsers limit them

/** -> the Reader, or null if the text cannot be loaded. */
export async function read(section, job) {
  const box = section.querySelector("#text");
  const alignment = await load(job, "alignment.json");
  if (!alignment) {
    box.replaceChildren(line("The text could not be loaded. Reload the page to try again. The files are below."));
    return null;
  }
  const reader = new Reader(section, box, new Text(alignment), job);
  reader.begin();
  return reader;
}

/** A result of the job: parsed, or as "text" or "arrayBuffer"; null if it cannot be loaded. */
async function load(job, name, as = "json") {
  const answer = await fetch(`${job.address}/results/${encodeURIComponent(name)}`).catch(() => null);
  return answer?.ok ? answer[as]().catch(() => null) : null;
}

/**
 * What panels may use: `job` (see job.js), `text`, `media` (null if there is none), `section`, `box`,
 * `seconds`, `chosen` (the word that was clicked or focused last), `seek(seconds)`, `playFrom(word)`, `playBetween(start,
 * end)`, `show(word)`, `focus(word)`, `spanOf(word)`, `load(name, as)`, `point(place)`, `addKey(key, act)`,
 * `addTool(tool)`, and the events "time" and "chosen", which follow every change of `seconds` and `chosen`, and "point".
 */
class Reader extends EventTarget {
  constructor(section, box, text, job) {
    super();
    this.section = section;
    this.box = box;
    this.text = text;
    this.job = job;
    this.seconds = 0;
    this.chosen = null;
    this.keys = new Map(); // keys of panels
    this.media = section.querySelector("#media");
    this.spans = new Map();
    this.followSwitch = section.querySelector("#follow");
    this.found = [];
    this.place = -1; // index of the current match in `found`
    this.lastDoubtful = -1; // offset of the doubtful word that was shown last
  }

  load(name, as) {
    return load(this.job, name, as);
  }

  /** The pointer is over a moment on a panel, { seconds, x, over }, or has left it: null. */
  point(place) {
    this.dispatchEvent(new CustomEvent("point", { detail: place }));
  }

  /** Show another view of the text in place of it: its tools under the player, which stays above the text. */
  showInstead(tools, box) {
    this.section.querySelector(".player").append(tools);
    this.section.querySelector(".reading").before(box);
  }

  spanOf(word) {
    return this.spans.get(word.startOffset).span;
  }

  begin() {
    this.render();
    this.navigation = new WordNavigation(this.box, this.spans, {
      onPlay: (word) => this.playFrom(word),
      onFocus: (word) => {
        this.show(word, { unlessVisible: true });
        this.choose(word);
      },
    });
    this.box.addEventListener("click", (event) => this.onClick(event));
    this.setUpSearch();
    this.setUpDoubtful();
    this.translations = new Translations(this);
    if (this.media) this.setUpMedia();
    document.addEventListener("keydown", (event) => this.onKey(event));
    addEventListener("hashchange", () => this.followLink());
    mountPanels(this);
    this.followLink();
  }

  render() {
    this.box.replaceChildren();
    for (const sentences of this.text.paragraphs()) {
      const paragraph = element("div", "paragraph");
      sentences.forEach((sentence, index) => {
        if (index) paragraph.append(" ");
        paragraph.append(this.sentence(sentence));
      });
      this.box.append(paragraph);
    }
    if (!this.text.words.length) this.box.append(line("This text has no words."));
  }

  sentence(sentence) {
    const span = element("span", "sentence");
    span.dataset.sentence = sentence.id;
    for (const piece of this.text.pieces(sentence)) span.append(typeof piece === "string" ? piece : this.word(piece));
    return span;
  }

  word(word) {
    const span = element("span", "word");
    span.textContent = this.text.slice(word.startOffset, word.endOffset);
    span.dataset.offset = word.startOffset;
    if (word.case === "success") {
      span.classList.add("heard");
      span.title = clock(word.start) + (word.approximate ? ", approximate" : "");
      if (isDoubtful(word)) {
        span.classList.add("doubtful");
        span.title += `, doubtful (${Math.round(word.confidence * 100)}%)`;
      }
    } else {
      span.classList.add("unheard");
      span.title = "Not heard in the recording";
    }
    this.spans.set(word.startOffset, { span, word });
    return span;
  }

  // -- playback

  setUpMedia() {
    const { media } = this;
    let frame = 0;
    const step = () => {
      this.showTime();
      frame = media.paused ? 0 : requestAnimationFrame(step);
    };
    media.addEventListener("play", () => (frame ||= requestAnimationFrame(step)));
    media.addEventListener("pause", () => this.updateLink());
    for (const name of ["seeking", "seeked", "timeupdate", "loadedmetadata"]) media.addEventListener(name, () => this.showTime());
    media.addEventListener("seeked", () => {
      if (this.followSwitch.checked) this.scrollTo(this.text.before(media.currentTime));
    });
    media.addEventListener("error", () => {
      media.after(line("This browser cannot play the recording. The text and the files are below.", "note"));
    });
    const speed = this.section.querySelector("#speed");
    speed.addEventListener("change", () => (media.playbackRate = Number(speed.value)));
    // Scrolling by hand means reading elsewhere, so it switches Follow off.
    for (const name of ["wheel", "touchmove"]) addEventListener(name, () => (this.followSwitch.checked = false), { passive: true });
    this.followSwitch.addEventListener("change", () => {
      if (this.followSwitch.checked) this.scrollTo(this.text.before(media.currentTime));
    });
  }

  showTime() {
    const seconds = this.media.currentTime;
    const word = this.text.at(seconds);
    this.moved(seconds);
    if (word === this.now) return;
    this.now && this.spanOf(this.now).classList.remove("now");
    this.now = word;
    if (!word) return;
    this.spanOf(word).classList.add("now");
    if (!this.media.paused) this.navigation.stopAt(word);
    if (this.followSwitch.checked && !this.media.paused) this.scrollTo(word, { unlessVisible: true });
  }

  moved(seconds) {
    if (seconds === this.seconds) return;
    this.seconds = seconds;
    this.dispatchEvent(new Event("time"));
  }

  seek(seconds) {
    if (this.media) this.media.currentTime = seconds;
    this.moved(seconds);
    this.navigation.stopAt(this.text.before(seconds));
    this.updateLink(seconds);
  }

  playFrom(word) {
    if (word.case !== "success") return;
    this.seek(word.start);
    this.play();
  }

  playBetween(start, end) {
    if (!this.media) return;
    const stop = () => {
      if (this.seconds < end && this.seconds >= start) return;
      this.media.pause();
      this.removeEventListener("time", stop);
    };
    this.seek(start);
    this.addEventListener("time", stop);
    this.play();
  }

  choose(word) {
    this.chosen = word;
    this.dispatchEvent(new Event("chosen"));
  }

  /** Give the keyboard's focus to a word. */
  focus(word) {
    this.navigation.goTo(word);
    this.spanOf(word).focus({ preventScroll: true });
  }

  addKey(key, act) {
    this.keys.set(key, act);
  }

  addTool(tool) {
    this.section.querySelector(".tools .search").before(tool);
  }

  play() {
    this.media?.play().catch(() => {}); // paused again at once, or not playable: the error listener reports that
  }

  onClick(event) {
    if (event.detail) this.navigation.end(); // after a click, the arrow keys still move in time
    const span = event.target.closest(".word");
    if (!span || !getSelection().isCollapsed) return; // the user is selecting text
    const { word } = this.spans.get(Number(span.dataset.offset));
    if (word.case === "success") this.seek(word.start);
    this.choose(word);
  }

  scrollTo(word, { unlessVisible = false } = {}) {
    if (!word) return;
    const at = this.spanOf(word).getBoundingClientRect();
    const top = Math.max(0, this.section.querySelector(".player").getBoundingClientRect().bottom); // on low screens the player scrolls away
    if (unlessVisible && at.top > top && at.bottom < innerHeight - 2 * at.height) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches || Math.abs(at.top) > 3 * innerHeight;
    scrollTo({ top: scrollY + at.top - top - (innerHeight - top) / 3, behavior: calm ? "instant" : "smooth" });
  }

  // -- links to a moment

  updateLink(seconds = this.media?.currentTime ?? 0) {
    const now = performance.now();
    if (now - (this.linkedAt ?? -MIN_LINK_INTERVAL) < MIN_LINK_INTERVAL) return;
    this.linkedAt = now;
    history.replaceState(null, "", `#t=${seconds.toFixed(2)}`);
  }

  followLink() {
    const seconds = Number.parseFloat(new URLSearchParams(location.hash.slice(1)).get("t"));
    if (!Number.isFinite(seconds) || seconds < 0) return;
    if (this.media) this.media.currentTime = seconds;
    this.moved(seconds);
    this.navigation.stopAt(this.text.before(seconds));
    this.scrollTo(this.text.before(seconds));
  }

  // -- search

  setUpSearch() {
    const field = this.section.querySelector("#search");
    field.addEventListener("input", () => this.search(field.value));
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.goToFound(event.shiftKey ? -1 : 1);
      if (event.key === "Escape") field.blur();
    });
  }

  search(query) {
    for (const span of this.box.querySelectorAll(".found")) span.classList.remove("found", "here");
    this.found = this.text.search(query);
    this.place = -1;
    for (const words of this.found) for (const word of words) this.spanOf(word).classList.add("found");
    if (this.found.length) this.goToFound(1);
    else this.section.querySelector("#found").value = query.trim() ? "not found" : "";
  }

  goToFound(step) {
    if (!this.found.length) return;
    for (const span of this.box.querySelectorAll(".here")) span.classList.remove("here");
    this.place = (this.place + step + this.found.length) % this.found.length;
    const words = this.found[this.place];
    for (const word of words) this.spanOf(word).classList.add("here");
    this.section.querySelector("#found").value = `${this.place + 1} of ${this.found.length}`;
    this.show(words[0]);
  }

  setUpDoubtful() {
    const count = this.text.words.filter(isDoubtful).length;
    const button = this.section.querySelector("#doubtful");
    button.hidden = !count;
    button.textContent = `Next doubtful word (${count})`;
    button.addEventListener("click", () => this.goToDoubtful());
  }

  goToDoubtful() {
    const word = this.text.doubtfulAfter(this.lastDoubtful);
    if (!word) return;
    this.lastDoubtful = word.startOffset;
    this.seek(Math.max(0, word.start - 0.5)); // so that its beginning is heard
    this.show(word);
  }

  /** Scroll to a word that is not the one being spoken. */
  show(word, { unlessVisible = false } = {}) {
    if (this.followSwitch && this.media && !this.media.paused) this.followSwitch.checked = false;
    this.navigation.goTo(word);
    this.scrollTo(word, { unlessVisible });
  }

  // -- keys

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.isContentEditable || event.target.closest("input:not([type=checkbox]), select, button, summary, a")) return;
    const { media } = this;
    const by = (seconds) => media && this.seek(Math.min(Math.max(0, media.currentTime + seconds), this.text.seconds));
    const keys = {
      " ": () => media && (media.paused ? this.play() : media.pause()),
      ArrowLeft: () => by(-STEP_SECONDS),
      ArrowRight: () => by(STEP_SECONDS),
      "[": () => this.changeSpeed(-1),
      "]": () => this.changeSpeed(1),
      n: () => this.goToDoubtful(),
      f: () => this.followSwitch?.click(),
      "/": () => this.section.querySelector("#search").focus(),
    };
    const act = keys[event.key] ?? this.keys.get(event.key);
    if (!act || (event.key === " " && [media, this.followSwitch].includes(event.target))) return; // the media and the switch handle space themselves
    event.preventDefault();
    act();
  }

  changeSpeed(step) {
    const speed = this.section.querySelector("#speed");
    if (!speed) return;
    speed.selectedIndex = Math.min(Math.max(0, speed.selectedIndex + step), speed.options.length - 1);
    speed.dispatchEvent(new Event("change"));
  }
}
