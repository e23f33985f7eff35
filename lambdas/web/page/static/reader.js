// The text beside its recording: what is said is lit, a click goes there, and nothing moves unless it was asked for.
import { Text, clock, isDoubtful } from "./text.js";
import { Timeline } from "./timeline.js";
import { Walk } from "./walk.js";

const STEP_SECONDS = 5;
const LINK_EVERY = 250; // milliseconds, at the most, between two changes of the address

export async function read(section, address) {
  const box = section.querySelector("#text");
  const answer = await fetch(`${address}/results/alignment.json`).catch(() => null);
  if (!answer?.ok) {
    box.replaceChildren(line("The text could not be loaded. Reload the page to try again; the files are below."));
    return;
  }
  new Reader(section, box, new Text(await answer.json()), address).begin();
}

class Reader {
  constructor(section, box, text, address) {
    this.section = section;
    this.box = box;
    this.text = text;
    this.address = address;
    this.media = section.querySelector("#media");
    this.timeline = new Timeline(section.querySelector("#timeline"), text);
    this.spans = new Map();
    this.followed = section.querySelector("#follow");
    this.found = [];
    this.place = -1; // of the found ones, the one that is shown
    this.looked = -1; // offset of the doubtful word that was looked at last
  }

  begin() {
    this.write();
    this.walk = new Walk(this.box, this.spans, {
      chosen: (word) => this.playFrom(word),
      reached: (word) => this.leave(word, { unlessSeen: true }),
    });
    this.box.addEventListener("click", (event) => this.clicked(event));
    this.section.querySelector("#timeline").addEventListener("click", (event) => this.seek(this.timeline.timeAt(event.clientX)));
    this.searching();
    this.doubting();
    this.translating();
    if (this.media) this.playing();
    document.addEventListener("keydown", (event) => this.pressed(event));
    addEventListener("hashchange", () => this.fromLink());
    this.fromLink();
    this.timeline.draw();
  }

  write() {
    this.box.replaceChildren();
    for (const sentences of this.text.paragraphs()) {
      const paragraph = element("div", "paragraph");
      sentences.forEach((sentence, index) => {
        if (index) paragraph.append(" ");
        paragraph.append(this.sentence(sentence));
      });
      this.box.append(paragraph);
    }
    if (!this.text.words.length) this.box.append(line("There is no word in this text."));
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
      span.title = clock(word.start);
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

  // -- playing

  playing() {
    const { media } = this;
    let frame = 0;
    const step = () => {
      this.show();
      frame = media.paused ? 0 : requestAnimationFrame(step);
    };
    media.addEventListener("play", () => (frame ||= requestAnimationFrame(step)));
    media.addEventListener("pause", () => this.link());
    for (const name of ["seeking", "seeked", "timeupdate", "loadedmetadata"]) media.addEventListener(name, () => this.show());
    media.addEventListener("seeked", () => {
      if (this.followed.checked) this.scrollTo(this.text.before(media.currentTime));
    });
    media.addEventListener("error", () => {
      media.after(line("The recording cannot be played here. The text and the files are below.", "note"));
    });
    const speed = this.section.querySelector("#speed");
    speed.addEventListener("change", () => (media.playbackRate = Number(speed.value)));
    // Whoever scrolls by hand wants to read elsewhere: following stops, and its switch shows it.
    for (const name of ["wheel", "touchmove"]) addEventListener(name, () => (this.followed.checked = false), { passive: true });
    this.followed.addEventListener("change", () => {
      if (this.followed.checked) this.scrollTo(this.text.before(media.currentTime));
    });
  }

  show() {
    const seconds = this.media.currentTime;
    const word = this.text.at(seconds);
    this.timeline.moveTo(seconds);
    if (word === this.now) return;
    this.now && this.spans.get(this.now.startOffset).span.classList.remove("now");
    this.now = word;
    if (!word) return;
    this.spans.get(word.startOffset).span.classList.add("now");
    if (!this.media.paused) this.walk.stopAt(word);
    if (this.followed.checked && !this.media.paused) this.scrollTo(word, { unlessSeen: true });
  }

  seek(seconds) {
    if (this.media) this.media.currentTime = seconds;
    else this.timeline.moveTo(seconds);
    this.walk.stopAt(this.text.before(seconds));
    this.link(seconds);
  }

  playFrom(word) {
    if (word.case !== "success") return;
    this.seek(word.start);
    this.play();
  }

  play() {
    this.media?.play().catch(() => {}); // paused at once, or it cannot be played: then a line says so already
  }

  clicked(event) {
    if (event.detail) this.walk.end(); // the mouse does not take the keys for time away
    const span = event.target.closest(".word");
    if (!span || !getSelection().isCollapsed) return; // selecting text is not asking to go there
    const { word } = this.spans.get(Number(span.dataset.offset));
    if (word.case === "success") this.seek(word.start);
  }

  scrollTo(word, { unlessSeen = false } = {}) {
    if (!word) return;
    const { span } = this.spans.get(word.startOffset);
    const at = span.getBoundingClientRect();
    const top = Math.max(0, this.section.querySelector(".player").getBoundingClientRect().bottom); // it does not always stay
    if (unlessSeen && at.top > top && at.bottom < innerHeight - 2 * at.height) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches || Math.abs(at.top) > 3 * innerHeight;
    scrollTo({ top: scrollY + at.top - top - (innerHeight - top) / 3, behavior: calm ? "instant" : "smooth" });
  }

  // -- links to a moment

  link(seconds = this.media?.currentTime ?? 0) {
    const now = performance.now();
    if (now - (this.linked ?? -LINK_EVERY) < LINK_EVERY) return;
    this.linked = now;
    history.replaceState(null, "", `#t=${seconds.toFixed(2)}`);
  }

  fromLink() {
    const seconds = Number.parseFloat(new URLSearchParams(location.hash.slice(1)).get("t"));
    if (!Number.isFinite(seconds) || seconds < 0) return;
    if (this.media) this.media.currentTime = seconds;
    this.timeline.moveTo(seconds);
    this.walk.stopAt(this.text.before(seconds));
    this.scrollTo(this.text.before(seconds));
  }

  // -- looking for words

  searching() {
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
    for (const words of this.found) for (const word of words) this.spans.get(word.startOffset).span.classList.add("found");
    if (this.found.length) this.goToFound(1);
    else this.section.querySelector("#found").value = query.trim() ? "not found" : "";
  }

  goToFound(step) {
    if (!this.found.length) return;
    for (const span of this.box.querySelectorAll(".here")) span.classList.remove("here");
    this.place = (this.place + step + this.found.length) % this.found.length;
    const words = this.found[this.place];
    for (const word of words) this.spans.get(word.startOffset).span.classList.add("here");
    this.section.querySelector("#found").value = `${this.place + 1} of ${this.found.length}`;
    this.leave(words[0]);
  }

  doubting() {
    const count = this.text.words.filter(isDoubtful).length;
    const button = this.section.querySelector("#doubtful");
    button.hidden = !count;
    button.textContent = `Next doubtful word (${count})`;
    button.addEventListener("click", () => this.goToDoubtful());
  }

  goToDoubtful() {
    const word = this.text.doubtfulAfter(this.looked);
    if (!word) return;
    this.looked = word.startOffset;
    this.seek(Math.max(0, word.start - 0.5)); // to hear how it begins
    this.leave(word);
  }

  /** Look at a word that is not the one being said. */
  leave(word, { unlessSeen = false } = {}) {
    if (this.followed && this.media && !this.media.paused) this.followed.checked = false;
    this.walk.goTo(word);
    this.scrollTo(word, { unlessSeen });
  }

  // -- translations

  translating() {
    const names = this.section.dataset.translations.split(" ").filter(Boolean);
    if (!names.length) return;
    const choice = this.section.querySelector("#language");
    const spelled = new Intl.DisplayNames([navigator.language, "en"], { type: "language", fallback: "code" });
    for (const name of names) {
      const code = name.split(".")[1];
      choice.append(new Option(spelled.of(code), code));
    }
    this.section.querySelector("#languages").hidden = false;
    choice.addEventListener("change", () => this.translate(choice.value));
  }

  async translate(code) {
    for (const old of this.box.querySelectorAll(".translation")) old.remove();
    this.box.classList.toggle("translated", Boolean(code));
    if (!code) return;
    const answer = await fetch(`${this.address}/results/translation.${code}.json`).catch(() => null);
    if (!answer?.ok) return this.box.prepend(line("The translation could not be loaded.", "translation"));
    const translation = await answer.json();
    if (this.section.querySelector("#language").value !== code) return; // another was chosen meanwhile
    const texts = new Map(translation.sentences.map((sentence) => [sentence.id, sentence]));
    for (const span of this.box.querySelectorAll(".sentence")) {
      const sentence = texts.get(Number(span.dataset.sentence));
      if (!sentence) continue;
      const added = element("span", sentence.uncertain ? "translation uncertain" : "translation");
      [added.lang, added.dir, added.textContent] = [code, "auto", sentence.translation];
      span.after(added);
    }
  }

  // -- keys

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input[type=search], select, button, summary, a")) return;
    const { media } = this;
    const by = (seconds) => media && this.seek(Math.min(Math.max(0, media.currentTime + seconds), this.text.seconds));
    const keys = {
      " ": () => media && (media.paused ? this.play() : media.pause()),
      ArrowLeft: () => by(-STEP_SECONDS),
      ArrowRight: () => by(STEP_SECONDS),
      "[": () => this.faster(-1),
      "]": () => this.faster(1),
      n: () => this.goToDoubtful(),
      f: () => this.followed?.click(),
      "/": () => this.section.querySelector("#search").focus(),
    };
    const act = keys[event.key];
    if (!act || (event.key === " " && [media, this.followed].includes(event.target))) return; // space is theirs
    event.preventDefault();
    act();
  }

  faster(step) {
    const speed = this.section.querySelector("#speed");
    if (!speed) return;
    speed.selectedIndex = Math.min(Math.max(0, speed.selectedIndex + step), speed.options.length - 1);
    speed.dispatchEvent(new Event("change"));
  }
}

function element(name, className) {
  const made = document.createElement(name);
  made.className = className;
  return made;
}

function line(text, className = "empty") {
  const made = element("p", className);
  made.textContent = text;
  return made;
}
