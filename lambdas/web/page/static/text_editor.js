// An editor of plain text with marks on some of its words. The text is in blocks, so that the browser lays out only
// those that are visible. The marks are ranges of the CSS Custom Highlight API: they follow the edits, and the text
// stays text.
import { element } from "./elements.js";
import { last } from "./text.js";

const LONGEST_BLOCK = 2000; // characters; a longer line is shown as several blocks

export class TextEditor {
  constructor(text) {
    this.box = element("div", "editor text");
    Object.assign(this.box, { role: "textbox", ariaMultiLine: "true", ariaLabel: "Transcript", spellcheck: true, tabIndex: 0 });
    this.editable = true;
    this.joints = new WeakMap(); // what is between a block and the one before it, if not a line break
    this.marks = new Map(); // names to [{ range, spelled, place }]
    this.fill(text);
  }

  fill(text) {
    [this.blocks, this.begins] = [[], []];
    let begin = 0;
    for (const each of text.split("\n")) {
      for (const [index, part] of parts(each).entries()) {
        const block = element("div", "line", part);
        if (!part) block.append(document.createElement("br"));
        if (index) this.joints.set(block, "");
        this.blocks.push(block);
        this.begins.push(begin);
        begin += part.length;
      }
      begin++;
    }
    this.box.replaceChildren(...this.blocks);
  }

  get text() {
    let text = "";
    for (const [index, node] of this.box.childNodes.entries()) {
      if (index) text += this.joints.get(node) ?? "\n";
      text += textOf(node);
    }
    return text;
  }

  set editable(value) {
    try {
      this.box.contentEditable = value ? "plaintext-only" : "false";
    } catch {
      this.box.contentEditable = "true"; // older browsers: pasted markup is shown, but only its text is read
    }
  }

  /** Mark places of the text that was filled in: [{ start, end, ... }] */
  mark(name, places) {
    const marks = places.map((place) => this.markOf(place)).filter(Boolean);
    this.marks.set(name, marks);
    CSS.highlights?.set(`syncline-${name}`, new Highlight(...marks.map(({ range }) => range)));
  }

  markOf(place) {
    const index = last(this.begins, place.start);
    const [node, begin] = [this.blocks[index].firstChild, this.begins[index]];
    if (node?.nodeType !== Node.TEXT_NODE || place.end - begin > node.length) return null;
    const range = document.createRange();
    range.setStart(node, place.start - begin);
    range.setEnd(node, place.end - begin);
    return { range, place, spelled: range.toString() };
  }

  /** Remove the marks of words that were changed. */
  dropChangedMarks() {
    for (const [name, marks] of this.marks) {
      const kept = marks.filter(isUnchanged);
      const highlight = CSS.highlights?.get(`syncline-${name}`);
      for (const mark of marks) if (!kept.includes(mark)) highlight?.delete(mark.range);
      this.marks.set(name, kept);
    }
  }

  /** Select the next marked word after the caret, or the first one. -> its place, or null. */
  selectNextMark() {
    this.dropChangedMarks();
    const marks = [...this.marks.values()].flat().sort((one, other) => one.range.compareBoundaryPoints(Range.START_TO_START, other.range));
    const caret = this.caret();
    const next = (caret && marks.find(({ range }) => range.compareBoundaryPoints(Range.START_TO_START, caret) > 0)) ?? marks[0];
    if (!next) return null;
    this.box.focus({ preventScroll: true });
    getSelection().setBaseAndExtent(next.range.startContainer, next.range.startOffset, next.range.endContainer, next.range.endOffset);
    scrollToRange(next.range);
    return next.place;
  }

  /** The selection within the editor, or null. */
  caret() {
    const selection = getSelection();
    return selection.rangeCount && this.box.contains(selection.anchorNode) ? selection.getRangeAt(0) : null;
  }

  /** About where the caret is in the text that was filled in: exact as long as its block is unchanged before it. */
  get caretPlace() {
    const caret = this.caret();
    const index = this.blocks.findIndex((block) => block.contains(caret?.startContainer ?? null));
    if (index < 0) return null;
    const before = document.createRange();
    before.setStart(this.blocks[index], 0);
    before.setEnd(caret.startContainer, caret.startOffset);
    return this.begins[index] + before.toString().length;
  }
}

/** Whether the marked word is as it was. Spaces beside it that an edit has put into the range are taken out again. */
function isUnchanged({ range, spelled }) {
  const text = range.toString();
  if (text.trim() !== spelled) return false;
  const { startContainer, startOffset, endContainer, endOffset } = range;
  if (text.trimStart() !== text) range.setStart(startContainer, startOffset + text.length - text.trimStart().length);
  if (text.trimEnd() !== text) range.setEnd(endContainer, endOffset - text.length + text.trimEnd().length);
  return true;
}

/** Cut a long line behind spaces. */
function parts(text) {
  const found = [];
  let from = 0;
  while (text.length - from > LONGEST_BLOCK) {
    const space = text.lastIndexOf(" ", from + LONGEST_BLOCK - 1);
    const to = space > from ? space + 1 : from + LONGEST_BLOCK;
    found.push(text.slice(from, to));
    from = to;
  }
  return [...found, text.slice(from)];
}

function textOf(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeName === "BR") return "\n";
  const text = Array.from(node.childNodes, textOf).join("");
  return text.endsWith("\n") ? text.slice(0, -1) : text; // the last break of a block only holds the line open
}

function scrollToRange(range) {
  const at = range.getBoundingClientRect();
  const top = Math.max(0, document.querySelector(".player")?.getBoundingClientRect().bottom ?? 0);
  if (at.top < top || at.bottom > innerHeight - 2 * at.height) scrollBy({ top: at.top - top - (innerHeight - top) / 3 });
}
