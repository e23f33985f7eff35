// Through the words with the keyboard. Of them all Tab stops at one; from there the arrow keys lead to the others.
import { last } from "./text.js";

export class Walk {
  /** `spans` are the words' elements by offset, in order; `chosen` and `reached` are told the word. */
  constructor(box, spans, { chosen, reached }) {
    this.box = box;
    this.offsets = [...spans.keys()];
    this.words = [...spans.values()];
    this.told = { chosen, reached };
    this.index = -1; // of the word that Tab stops at
    // For all words together: there may be tens of thousands.
    box.addEventListener("keydown", (event) => this.pressed(event));
    // A press of the mouse focuses the word, too, but is a click or the beginning of a selection.
    box.addEventListener("focusin", () => this.walking && box.querySelector(":focus-visible") && reached(this.words[this.index].word));
    if (this.words.length) this.stop(0);
  }

  /** Tab leads to where the reader is, unless she walks through the words already. */
  stopAt(word) {
    if (word && !this.walking) this.stop(last(this.offsets, word.startOffset));
  }

  /** She asked for this word: if she walks, she is taken along. */
  goTo(word) {
    this.stop(last(this.offsets, word.startOffset), { focus: this.walking });
  }

  get walking() {
    return this.index >= 0 && this.words[this.index].span === document.activeElement;
  }

  /** Gives the keys back to the page; Tab goes on from here. */
  end() {
    if (this.walking) this.box.focus({ preventScroll: true });
  }

  stop(index, { focus = false } = {}) {
    if (index === this.index) return;
    const before = this.words[this.index];
    const { span, word } = this.words[index];
    this.index = index;
    // Only the one that can have the focus is a button: to those who listen, the others are text.
    span.tabIndex = 0;
    span.setAttribute("role", "button");
    if (word.case !== "success") span.setAttribute("aria-disabled", "true");
    if (focus) span.focus({ preventScroll: true });
    for (const name of ["tabindex", "role", "aria-disabled"]) before?.span.removeAttribute(name);
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !this.walking) return;
    const step = getComputedStyle(this.box).direction === "rtl" ? -1 : 1;
    const play = () => this.told.chosen(this.words[this.index].word);
    const keys = {
      ArrowRight: () => this.go(this.index + step),
      ArrowLeft: () => this.go(this.index - step),
      ArrowDown: () => this.go(this.inLine(1)),
      ArrowUp: () => this.go(this.inLine(-1)),
      Home: () => this.go(0),
      End: () => this.go(this.words.length - 1),
      Enter: play,
      " ": play,
      Escape: () => this.end(),
    };
    const act = keys[event.key];
    if (!act) return; // the page's own keys go on working
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  go(index) {
    if (this.words[index]) this.stop(index, { focus: true });
  }

  /** Of the line below or above, the word that is nearest to this one. */
  inLine(step) {
    const here = this.place(this.index);
    let [line, found, away] = [null, this.index, Infinity];
    for (let i = this.index + step; this.words[i]; i += step) {
      const at = this.place(i);
      if (isBeside(at, here)) continue;
      line ??= at;
      if (!isBeside(at, line)) break;
      if (Math.abs(at.x - here.x) < away) [found, away] = [i, Math.abs(at.x - here.x)];
    }
    return found;
  }

  /** The middle of the word; of one that is broken across lines, that of its beginning. */
  place(index) {
    const [{ left, width, top, height }] = this.words[index].span.getClientRects();
    return { x: left + width / 2, y: top + height / 2, height };
  }
}

const isBeside = (one, other) => Math.abs(one.y - other.y) < other.height / 2;
