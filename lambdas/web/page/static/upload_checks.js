// Check a file before it is uploaded: size, content and encoding. Each check returns a problem, or null.

const HEAD_BYTES = 4096;

export async function problemOf(set, rules) {
  if (set.problem) return set.problem;
  try {
    const problems = [await recordingProblem(set.recording, rules), set.transcript && (await transcriptProblem(set.transcript, rules))];
    return problems.find(Boolean) ?? null;
  } catch {
    return "The browser cannot read this file. Has it been moved or changed?";
  }
}

async function recordingProblem({ file, suffix }, rules) {
  return sizeProblem(file, rules.max_recording_bytes) ?? contentProblem(suffix, await head(file), rules);
}

function sizeProblem(file, most) {
  if (!file.size) return `${file.name} is empty.`;
  return file.size > most ? `${file.name} has ${size(file.size)}; at most ${size(most)} are accepted.` : null;
}

/** A file that begins like another kind of file was renamed, or is the wrong one. */
function contentProblem(suffix, bytes, rules) {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const begins = ({ parts }) => parts.every(([place, part]) => hex.startsWith(part, 2 * place));
  const found = rules.signatures.find(begins);
  if (!found || found.recordings.includes(suffix)) return null;
  const [usual] = found.recordings;
  const advice = usual ? `Rename it so that it ends in .${usual}.` : "Choose the recording itself.";
  return `This file is named .${suffix}, but it is ${found.title}. ${advice}`;
}

async function transcriptProblem({ file }, rules) {
  const tooLarge = sizeProblem(file, rules.max_transcript_bytes);
  if (tooLarge) return tooLarge;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = decoded(bytes);
  if (text === null) return `${file.name} is not UTF-8${guess(bytes)}. Save it as plain text in UTF-8, and choose it again.`;
  if (text.includes("\0")) return `${file.name} contains zero bytes, so it is not text. Save it as plain text in UTF-8.`;
  return text.trim() ? null : `${file.name} is empty.`;
}

function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function guess([first, second]) {
  const mark = (first << 8) | second;
  if (mark === 0xfffe || mark === 0xfeff) return ": it looks like UTF-16";
  return mark === 0x504b || mark === 0xd0cf ? ": it looks like a Word document" : "";
}

const head = async (file) => new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());

export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : bytes < 1e9 ? [bytes / 1e6, "MB"] : [bytes / 1e9, "GB"];
  return `${value.toFixed(unit === "kB" ? 0 : 1)} ${unit}`;
}
