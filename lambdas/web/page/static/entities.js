// The entities of the text, by type: a click goes to the next place where one is named. The words are also marked in
// the text, unless the user switches that off.
import { element, line } from "./elements.js";
import { last } from "./text.js";

const TITLES = {
  PERSON: "People", PER: "People", ORG: "Organisations", GPE: "Countries and cities", LOC: "Places", FAC: "Buildings",
  NORP: "Groups of people", DATE: "Dates", TIME: "Times", MONEY: "Money", PERCENT: "Percentages", QUANTITY: "Quantities",
  CARDINAL: "Numbers", ORDINAL: "Ordinals", PRODUCT: "Products", EVENT: "Events", WORK_OF_ART: "Works", LAW: "Laws",
  LANGUAGE: "Languages", MISC: "Other names",
};

export const entities = {
  slot: "side",
  wanted: (job) => job.results.includes("entities.json"),
  async mount(host, reader) {
    const found = await reader.load("entities.json");
    if (!found) return host.append(line("The entities could not be loaded."));
    const places = found.entities.map((entity) => ({ ...entity, words: wordsOf(entity, reader.text) }));
    host.classList.add("entities");
    host.append(element("h2", "", "Entities"), markSwitch(places, reader));
    if (!places.length) host.append(line("None were found."));
    const byLabel = groupBy(places, (place) => place.label);
    const title = (label) => TITLES[label] ?? label;
    for (const label of [...byLabel.keys()].sort((one, other) => title(one).localeCompare(title(other))))
      host.append(group(title(label), byLabel.get(label), reader));
  },
};

/** The words that an entity or an answer covers. */
export function wordsOf({ startOffset, endOffset }, text) {
  const words = [];
  for (let i = Math.max(0, last(text.offsets, startOffset)); i < text.words.length && text.offsets[i] < endOffset; i++)
    if (text.words[i].endOffset > startOffset) words.push(text.words[i]);
  return words;
}

function markSwitch(places, reader) {
  for (const { words } of places) for (const word of words) reader.spanOf(word).classList.add("entity");
  const label = element("label", "switch");
  const box = element("input");
  [box.type, box.id, box.checked] = ["checkbox", "mark-entities", true];
  const mark = () => reader.box.classList.toggle("marked", box.checked);
  box.addEventListener("change", mark);
  mark();
  label.append(box, " Mark in the text");
  return label;
}

function group(title, places, reader) {
  const details = element("details");
  details.open = true;
  const list = element("ul");
  for (const [text, same] of groupBy(places, (place) => place.text.replace(/\s+/g, " "))) list.append(entry(text, same, reader));
  details.append(element("summary", "", `${title} (${places.length})`), list);
  return details;
}

/** One entity with all of its places. Each click goes to the next one. */
function entry(text, places, reader) {
  const item = element("li");
  const button = element("button", "plain", text);
  button.type = "button";
  let next = 0;
  button.addEventListener("click", () => {
    goTo(places[next], reader);
    next = (next + 1) % places.length;
  });
  item.append(button);
  if (places.length > 1) item.append(" ", element("span", "note", `${places.length} times`));
  return item;
}

function goTo({ start, words }, reader) {
  if (start !== null) reader.seek(start);
  if (words.length) reader.show(words[0]);
}

function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) {
    const own = groups.get(key(item));
    own ? own.push(item) : groups.set(key(item), [item]);
  }
  return groups;
}
