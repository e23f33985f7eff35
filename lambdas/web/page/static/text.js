// The text of an alignment, independent of the page: words by time and by offset, search, paragraphs.
// Offsets count code points, as in the file.

export const DOUBTFUL_BELOW = 0.6;
const MAX_SENTENCES_PER_PARAGRAPH = 8;

export class Text {
  constructor(alignment) {
    this.points = Array.from(alignment.transcript);
    this.words = alignment.words.filter((word) => word.case !== "not-found-in-transcript");
    this.heard = this.words.filter((word) => word.case === "success");
    this.starts = this.heard.map((word) => word.start);
    this.offsets = this.words.map((word) => word.startOffset);
    this.seconds = alignment.syncline?.audio_seconds ?? this.heard.at(-1)?.end ?? 0;
    this.sentences = alignment.syncline?.sentences ?? [{ id: 0, startOffset: 0, endOffset: this.points.length }];
  }

  slice(begin, end) {
    return this.points.slice(begin, end).join("");
  }

  /** The word that is spoken at this time, or null in a pause. */
  at(seconds) {
    const index = last(this.starts, seconds);
    const word = index < 0 ? null : this.heard[index];
    return word && seconds < word.end ? word : null;
  }

  /** The last word that starts at or before this time. */
  before(seconds) {
    return this.heard[last(this.starts, seconds)] ?? null;
  }

  doubtfulAfter(offset) {
    const all = this.words.filter(isDoubtful);
    return all.find((word) => word.startOffset > offset) ?? all[0] ?? null;
  }

  /** Groups of sentences: a line break starts a new one, and their length is limited so that the browser lays them out fast. */
  paragraphs() {
    const groups = [];
    let place = 0;
    for (const sentence of this.sentences) {
      const gap = this.slice(place, sentence.startOffset);
      const group = groups.at(-1);
      if (!group || gap.includes("\n") || group.length >= MAX_SENTENCES_PER_PARAGRAPH) groups.push([sentence]);
      else group.push(sentence);
      place = sentence.endOffset;
    }
    return groups;
  }

  /** The words of a sentence, and the text between them as strings. */
  pieces(sentence) {
    const pieces = [];
    let place = sentence.startOffset;
    for (let i = last(this.offsets, sentence.startOffset - 1) + 1; i < this.words.length; i++) {
      const word = this.words[i];
      if (word.startOffset >= sentence.endOffset) break;
      if (word.startOffset > place) pieces.push(this.slice(place, word.startOffset));
      pieces.push(word);
      place = word.endOffset;
    }
    if (place < sentence.endOffset) pieces.push(this.slice(place, sentence.endOffset));
    return pieces;
  }

  /** The transcript in lower case, and for each of its UTF-16 units the index of its code point. */
  lowered() {
    if (this.hay === undefined) {
      // Each code point becomes exactly one, so that a match has the same place in the transcript.
      const lowered = this.points.map((point) => (/\s/.test(point) ? " " : Array.from(point.toLowerCase())[0]));
      this.units = lowered.flatMap((point, index) => (point.length > 1 ? [index, index] : [index]));
      this.hay = lowered.join("");
    }
    return { hay: this.hay, units: this.units };
  }

  /** All matches of the query, each as the list of words that it touches. */
  search(query) {
    const wanted = query.trim().replace(/\s+/g, " ").toLowerCase();
    if (!wanted) return [];
    const { hay, units } = this.lowered();
    const matches = [];
    for (let at = hay.indexOf(wanted); at >= 0; at = hay.indexOf(wanted, at + wanted.length)) {
      const [begin, end] = [units[at], units[at + wanted.length - 1] + 1];
      const words = [];
      for (let i = Math.max(0, last(this.offsets, begin - 1)); i < this.words.length && this.words[i].startOffset < end; i++)
        if (this.words[i].endOffset > begin) words.push(this.words[i]);
      if (words.length) matches.push(words);
    }
    return matches;
  }
}

export const isDoubtful = (word) => word.case === "success" && word.confidence < DOUBTFUL_BELOW;

/** Index of the last number that is at most the value, or -1. The numbers are sorted: a binary search. */
export function last(numbers, value) {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The seconds of a WebVTT time such as 01:02:03.456. */
export const secondsOf = (time) => time.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, String(whole % 60).padStart(2, "0")];
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
