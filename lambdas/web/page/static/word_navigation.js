// Keyboard navigation through the words: Tab stops at one word, and the arrow keys move from there to the others.
import { last } from "./text.js";

export class WordNavigation {
  /** `spans`: the words' elements by offset, in order. `onPlay` and `onFocus` are called with the word. */
  constructor(box, spans, { onPlay, onFocus }) {
    this.box = box;
    this.offsets = [...spans.keys()];
    this.words = [...spans.values()];
    this.onPlay = onPlay;
    this.index = -1; // of the word at which Tab stops
    // One listener for all words: there may be tens of thousands.
    box.addEventListener("keydown", (event) => this.onKey(event));
    // A mouse click focuses the word too, but it means a click or the start of a selection.
    box.addEventListener("focusin", () => this.active && box.querySelector(":focus-visible") && onFocus(this.words[this.index].word));
    if (this.words.length) this.stop(0);
  }

  /** Make Tab stop at this word, unless a word has the focus. */
  stopAt(word) {
    if (word && !this.active) this.stop(last(this.offsets, word.startOffset));
  }

  /** Move to this word; the focus moves along if a word has it. */
  goTo(word) {
    this.stop(last(this.offsets, word.startOffset), { focus: this.active });
  }

  get active() {
    return this.index >= 0 && this.words[this.index].span === document.activeElement;
  }

  /** Return the keys to the page. Tab continues from here. */
  end() {
    if (this.active) this.box.focus({ preventScroll: true });
  }

  stop(index, { focus = false } = {}) {
    if (index === this.index) return;
    const before = this.words[this.index];
    const { span, word } = this.words[index];
    this.index = index;
    // Only the word that can have the focus is a button; to screen readers all others are text.
    span.tabIndex = 0;
    span.setAttribute("role", "button");
    if (word.case !== "success") span.setAttribute("aria-disabled", "true");
    if (focus) span.focus({ preventScroll: true });
    for (const name of ["tabindex", "role", "aria-disabled"]) before?.span.removeAttribute(name);
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !this.active) return;
    const step = getComputedStyle(this.box).direction === "rtl" ? -1 : 1;
    const play = () => this.onPlay(this.words[this.index].word);
    const keys = {
      ArrowRight: () => this.go(this.index + step),
      ArrowLeft: () => this.go(this.index - step),
      ArrowDown: () => this.go(this.nearestInLine(1)),
      ArrowUp: () => this.go(this.nearestInLine(-1)),
      Home: () => this.go(0),
      End: () => this.go(this.words.length - 1),
      Enter: play,
      " ": play,
      Escape: () => this.end(),
    };
    const act = keys[event.key];
    if (!act) return; // the page's own keys keep working
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  go(index) {
    if (this.words[index]) this.stop(index, { focus: true });
  }

  /** The nearest word in the line below (1) or above (-1). */
  nearestInLine(step) {
    const here = this.positionOf(this.index);
    let [line, found, away] = [null, this.index, Infinity];
    for (let i = this.index + step; this.words[i]; i += step) {
      const at = this.positionOf(i);
      if (isBeside(at, here)) continue;
      line ??= at;
      if (!isBeside(at, line)) break;
      if (Math.abs(at.x - here.x) < away) [found, away] = [i, Math.abs(at.x - here.x)];
    }
    return found;
  }

  /** The centre of the word; of a word that is broken across lines, of its first part. */
  positionOf(index) {
    const [{ left, width, top, height }] = this.words[index].span.getClientRects();
    return { x: left + width / 2, y: top + height / 2, height };
  }
}

const isBeside = (one, other) => Math.abs(one.y - other.y) < other.height / 2;
