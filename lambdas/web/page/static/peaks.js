// The peaks of a recording, independent of the page: the lowest and the highest sample between two times, for any span.
// The file is audiowaveform's data format, version 2, with 8 bits and one channel.

const HEADER_BYTES = 24;
const FACTOR = 4; // from one level of detail to the next

export class Peaks {
  constructor(body) {
    const header = new DataView(body, 0, HEADER_BYTES);
    const [version, flags, rate, samplesPerPoint, points] = [0, 4, 8, 12, 16].map((at) => header.getInt32(at, true));
    if (version !== 2 || flags !== 1) throw new Error("waveform.dat is not in the format that this page reads.");
    this.pointsPerSecond = rate / samplesPerPoint;
    this.levels = [new Int8Array(body, HEADER_BYTES, 2 * points)];
    while (this.levels.at(-1).length > 2 * FACTOR) this.levels.push(coarser(this.levels.at(-1)));
  }

  get seconds() {
    return this.levels[0].length / 2 / this.pointsPerSecond;
  }

  /** The loudest sample of all. */
  get loudest() {
    return this.levels.at(-1).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  }

  /** [lowest, highest] between two times. Looks at a few points only, of the level of detail that fits. */
  between(from, to) {
    let [begin, end, depth] = [from * this.pointsPerSecond, to * this.pointsPerSecond, 0];
    for (; end - begin > FACTOR && depth < this.levels.length - 1; depth++) [begin, end] = [begin / FACTOR, end / FACTOR];
    const level = this.levels[depth];
    const stop = Math.min(level.length / 2, Math.max(Math.ceil(end), Math.floor(begin) + 1));
    let [low, high] = [0, 0];
    for (let i = Math.max(0, Math.floor(begin)); i < stop; i++) [low, high] = [Math.min(low, level[2 * i]), Math.max(high, level[2 * i + 1])];
    return [low, high];
  }
}

function coarser(level) {
  const made = new Int8Array(2 * Math.ceil(level.length / 2 / FACTOR));
  for (let i = 0; i < level.length; i += 2) {
    const at = 2 * Math.floor(i / 2 / FACTOR);
    made[at] = Math.min(made[at], level[i]);
    made[at + 1] = Math.max(made[at + 1], level[i + 1]);
  }
  return made;
}
