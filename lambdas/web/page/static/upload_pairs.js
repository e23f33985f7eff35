// Match recordings with transcripts by name, and name what cannot be uploaded.

/** Where a file belongs: { stem, suffix, role }; `role` is "recording", "transcript" or null. */
export function placeOf(path, rules) {
  const [, stem, suffix] = /^(.*?)(?:\.([^./]*))?$/s.exec(path);
  const kind = suffix?.toLowerCase();
  const named = stem && !stem.endsWith("/");
  const role = named && rules.recordings.includes(kind) ? "recording" : named && rules.transcripts.includes(kind) ? "transcript" : null;
  return { stem, suffix: kind, role };
}

/**
 * `files`: [{ path, file }]. -> one set for each name: { stem, recording, transcript, files, problem }. A set with a
 * problem cannot be uploaded.
 */
export function pair(files, rules) {
  const [known, unknown] = [new Map(), []];
  for (const each of files) {
    const place = placeOf(each.path, rules);
    const placed = { ...each, ...place };
    if (!place.role) unknown.push({ stem: each.path, files: [placed], problem: unknownKind(rules) });
    else known.set(place.stem, [...(known.get(place.stem) ?? []), placed]);
  }
  return [...[...known].map(([stem, placed]) => setOf(stem, placed)), ...unknown];
}

function setOf(stem, files) {
  const of = (role) => files.filter((each) => each.role === role);
  const [recordings, transcripts] = [of("recording"), of("transcript")];
  const set = { stem, files, recording: recordings[0] ?? null, transcript: transcripts[0] ?? null, problem: null };
  if (!recordings.length) set.problem = `The recording of this transcript is missing. Add it: its name is ${base(stem)} with another ending.`;
  else if (recordings.length > 1) set.problem = `${names(recordings)} would share one transcript. Rename one of them.`;
  else if (transcripts.length > 1) set.problem = `There are two transcripts: ${names(transcripts)}. Remove one of them.`;
  return set;
}

const base = (path) => path.slice(path.lastIndexOf("/") + 1);
const names = (files) => files.map((each) => base(each.path)).join(" and ");
const unknownKind = (rules) =>
  `This is not a recording or a transcript. Recordings end in ${rules.recordings.join(", ")}; transcripts in ${rules.transcripts.join(", ")}.`;
