// Find the words of an alignment in a text that may differ from its transcript: a draft, or a caption file.

const WINDOW = 200; // characters in which the next word is expected
const MORE_PER_MISS = 40;
const LETTER = /[\p{L}\p{N}]/u;
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

/** -> [{ word, start, end }] in the order of the text, in UTF-16 units. Words that are not found are left out. */
export function placesIn(text, alignment) {
  const places = [];
  let [at, misses] = [0, 0];
  for (const word of alignment.words) {
    const spelled = alignment.slice(word.startOffset, word.endOffset);
    const start = find(spelled, text, at, at + WINDOW + MORE_PER_MISS * misses);
    if (start < 0) {
      misses++;
      continue;
    }
    at = start + spelled.length;
    places.push({ word, start, end: at });
    misses = 0;
  }
  return places;
}

/** The first place where the word stands alone, before the limit. */
function find(spelled, text, from, limit) {
  const part = text.slice(from, limit + spelled.length);
  for (let at = part.indexOf(spelled); at >= 0; at = part.indexOf(spelled, at + 1)) {
    const [before, after] = [text[from + at - 1] ?? " ", text[from + at + spelled.length] ?? " "];
    if (isEdge(before, spelled[0]) && isEdge(spelled.at(-1), after)) return from + at;
  }
  return -1;
}

const isEdge = (left, right) => !(LETTER.test(left) && LETTER.test(right)) || UNSPACED.test(left + right);
