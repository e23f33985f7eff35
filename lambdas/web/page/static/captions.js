// Caption tracks of a video: each language is loaded when the user chooses it in the player.
import { secondsOf } from "./text.js";

const NAME = /^captions\.([a-z]{2,3})\.vtt$/;
const CUE = /^([\d:.]+) --> ([\d:.]+)[^\n]*\n([^]*)$/m;

export const captions = {
  slot: "player",
  wanted: (job) => job.results.some((name) => NAME.test(name)),
  mount(host, reader) {
    host.remove(); // the player shows them
    if (!(reader.media instanceof HTMLVideoElement)) return;
    const names = new Map();
    for (const name of reader.job.results.filter((each) => NAME.test(each))) {
      const [, language] = NAME.exec(name);
      const kind = language === reader.job.language ? "captions" : "subtitles";
      names.set(reader.media.addTextTrack(kind, nameOf(language), language), name);
    }
    reader.media.textTracks.addEventListener("change", () => {
      for (const [track, name] of names) {
        if (track.mode === "disabled") continue;
        names.delete(track); // loaded once
        fill(track, name, reader);
      }
    });
  },
};

function nameOf(language) {
  return new Intl.DisplayNames(document.documentElement.lang || "en", { type: "language" }).of(language);
}

async function fill(track, name, reader) {
  const file = await reader.load(name, "text");
  for (const block of (file ?? "").split("\n\n")) {
    const found = CUE.exec(block);
    if (found) track.addCue(new VTTCue(secondsOf(found[1]), secondsOf(found[2]), found[3].trimEnd()));
  }
}
