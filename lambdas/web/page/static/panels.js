// The panels around the text of a job. To add one, write a module that exports a panel, and add it to PANELS.
//
// A panel is { slot, wanted(job), mount(host, reader) }:
//   slot     "player": in the bar that stays above the text; "side": beside the text
//   wanted   whether this job has it; `job` is the reader's (see reader.js), `job.results` the names of its files
//   mount    fills `host`, an element of its own. It may return a promise; a panel that fails removes only itself.
import { answers } from "./answers.js";
import { captions } from "./captions.js";
import { entities } from "./entities.js";
import { frames } from "./frames.js";
import { timeline } from "./timeline.js";
import { waveform } from "./waveform.js";
import { wordTimes } from "./word_times.js";

const PANELS = [timeline, waveform, captions, frames, answers, entities, wordTimes];

export function mountPanels(reader) {
  for (const panel of PANELS) if (panel.wanted(reader.job)) mount(panel, reader);
}

async function mount(panel, reader) {
  const host = document.createElement("div");
  host.className = "panel";
  reader.section.querySelector(`[data-slot="${panel.slot}"]`).append(host);
  try {
    await panel.mount(host, reader);
  } catch (error) {
    host.remove();
    console.error(error);
  }
}
