// The frames of a video: one beside each sentence, and a preview where the pointer is on the timeline.
import { element } from "./elements.js";
import { clock, last, secondsOf } from "./text.js";

const CUE = /^(\d+)\n([\d:.]+) --> [\d:.]+\n(storyboard-\d{1,3}\.jpg)#xywh=(\d+),(\d+),(\d+),(\d+)$/;
const GAP = 6; // pixels between a preview and the timeline

export const frames = {
  slot: "player",
  wanted: (job) => job.results.includes("storyboard.vtt"),
  async mount(host, reader) {
    const storyboard = await reader.load("storyboard.vtt", "text");
    if (!storyboard) throw new Error("storyboard.vtt could not be loaded.");
    const found = storyboard.split("\n\n").map(cue).filter(Boolean);
    for (const frame of found) frame.address = `${reader.job.address}/results/${frame.sheet}`;
    besideSentences(found, reader);
    preview(found, host, reader);
  },
};

function cue(block) {
  const parts = CUE.exec(block.trim());
  if (!parts) return null;
  const [x, y, width, height] = parts.slice(4).map(Number);
  return { sentence: Number(parts[1]), start: secondsOf(parts[2]), sheet: parts[3], x, y, width, height };
}

function besideSentences(found, reader) {
  const bySentence = new Map(found.map((frame) => [frame.sentence, frame]));
  for (const span of reader.box.querySelectorAll(".sentence")) {
    const frame = bySentence.get(Number(span.dataset.sentence));
    if (!frame) continue;
    const picture = showing(frame, element("span", "frame"));
    picture.addEventListener("click", () => reader.seek(frame.start));
    span.prepend(picture);
  }
  const label = element("label", "switch frames-switch reading-only");
  const box = element("input");
  [box.type, box.checked] = ["checkbox", true];
  box.addEventListener("change", () => reader.box.classList.toggle("framed", box.checked));
  reader.box.classList.add("framed");
  label.append(box, " Frames");
  reader.addTool(label);
}

function preview(found, host, reader) {
  const starts = found.map((frame) => frame.start);
  const [box, picture, time] = [element("div", "preview"), element("div", "picture"), element("div", "time")];
  box.hidden = true;
  box.ariaHidden = "true"; // the sentences have the same frames
  box.append(picture, time);
  host.append(box);
  reader.addEventListener("point", ({ detail: place }) => {
    const frame = place && found[last(starts, place.seconds)];
    box.hidden = !frame;
    if (!frame) return;
    showing(frame, picture);
    time.textContent = clock(place.seconds);
    const [line, height] = [place.over.getBoundingClientRect(), box.offsetHeight];
    const left = Math.min(Math.max(GAP, place.x - frame.width / 2), innerWidth - frame.width - GAP);
    const top = line.top - height - GAP;
    [box.style.left, box.style.top] = [`${left}px`, `${top < 0 ? line.bottom + GAP : top}px`];
  });
}

/** Show the frame in an element, from its place on its sheet. */
function showing(frame, picture) {
  const { style } = picture;
  [style.width, style.height] = [`${frame.width}px`, `${frame.height}px`];
  style.backgroundImage = `url("${frame.address}")`;
  style.backgroundPosition = `${-frame.x}px ${-frame.y}px`;
  picture.dataset.frame = frame.sentence;
  return picture;
}
