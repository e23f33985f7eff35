// The waveform of the recording, at any zoom: drag to move through it; the current word and doubtful words are marked.
// It is drawn from a small file of peaks, so the browser decodes nothing.
import { element } from "./elements.js";
import { Peaks } from "./peaks.js";
import { clock, isDoubtful, last } from "./text.js";

const HEIGHT = 64;
const LABELS_HEIGHT = 16; // at the bottom, for words
const MARK_HEIGHT = 3; // of the line under doubtful words
const LABELS_FROM = 60; // pixels for each second
const FIRST_SPAN = 30; // seconds that are visible at first
const SHORTEST_SPAN = 2;
const ZOOM = 2;
const STEP_SECONDS = 1;

export const waveform = {
  slot: "player",
  wanted: (job) => job.results.includes("waveform.dat"),
  async mount(host, reader) {
    const body = await reader.load("waveform.dat", "arrayBuffer");
    if (!body) throw new Error("waveform.dat could not be loaded.");
    host.classList.add("waveform");
    const canvas = element("canvas");
    const view = new View(canvas, new Peaks(body), reader.text);
    host.append(canvas, zoomButtons(view));
    new Position(canvas, view, reader);
    reader.addEventListener("time", () => view.moveTo(reader.seconds));
    view.moveTo(reader.seconds);
  },
};

function zoomButtons(view) {
  const buttons = element("div", "zoom");
  const actions = [["−", "Zoom out", ZOOM], ["+", "Zoom in", 1 / ZOOM], ["Whole", "Show the whole recording", Infinity]];
  for (const [text, label, factor] of actions) {
    const button = element("button", "", text);
    [button.type, button.ariaLabel, button.title] = ["button", label, label];
    button.addEventListener("click", () => view.zoom(factor));
    buttons.append(button);
  }
  return buttons;
}

/** Makes the canvas a slider: pointer and keys move through the recording. */
class Position {
  constructor(canvas, view, reader) {
    [this.canvas, this.view, this.reader] = [canvas, view, reader];
    [canvas.tabIndex, canvas.role, canvas.ariaLabel] = [0, "slider", "Position in the recording"];
    [canvas.ariaValueMin, canvas.ariaValueMax] = ["0", String(Math.round(view.seconds))];
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerleave", () => reader.point(null));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => (view.held = false));
    canvas.addEventListener("wheel", (event) => this.turn(event), { passive: false });
    canvas.addEventListener("keydown", (event) => this.onKey(event));
    reader.addEventListener("time", () => this.say());
    this.say();
  }

  begin(event) {
    if (event.button) return;
    this.view.held = true; // the view stays where it is while it is dragged over
    this.canvas.setPointerCapture(event.pointerId);
    this.reader.seek(this.view.timeAt(event.clientX));
  }

  move(event) {
    const seconds = this.view.timeAt(event.clientX);
    if (this.view.held) this.reader.seek(seconds);
    this.reader.point({ seconds, x: event.clientX, over: this.canvas });
  }

  /** Sideways moves the view; with Ctrl, which is also how browsers report a pinch, it zooms. */
  turn(event) {
    if (event.ctrlKey) this.view.zoom(Math.exp(event.deltaY / 100), this.view.timeAt(event.clientX));
    else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.view.shift((event.deltaX / this.view.width) * this.view.span);
    else return;
    event.preventDefault();
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { view, reader } = this;
    const by = (seconds) => reader.seek(Math.min(Math.max(0, reader.seconds + seconds), view.seconds));
    const keys = {
      ArrowLeft: () => by(-STEP_SECONDS),
      ArrowDown: () => by(-STEP_SECONDS),
      ArrowRight: () => by(STEP_SECONDS),
      ArrowUp: () => by(STEP_SECONDS),
      PageDown: () => by(-view.span / 2),
      PageUp: () => by(view.span / 2),
      Home: () => reader.seek(0),
      End: () => reader.seek(view.seconds),
      "+": () => view.zoom(1 / ZOOM),
      "=": () => view.zoom(1 / ZOOM),
      "-": () => view.zoom(ZOOM),
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation(); // the page has its own meaning for the arrows
    act();
  }

  /** For screen readers: at most once a second. */
  say() {
    const now = String(Math.floor(this.reader.seconds));
    if (this.canvas.ariaValueNow === now) return;
    [this.canvas.ariaValueNow, this.canvas.ariaValueText] = [now, `${clock(this.reader.seconds)} of ${clock(this.view.seconds)}`];
  }
}

/** What is visible, and its picture. The picture without the position is drawn once for each view. */
class View {
  constructor(canvas, peaks, text) {
    [this.canvas, this.peaks, this.text] = [canvas, peaks, text];
    this.seconds = text.seconds || peaks.seconds;
    this.doubtful = text.heard.filter(isDoubtful);
    this.now = this.from = 0;
    this.span = Math.min(FIRST_SPAN, this.seconds);
    this.held = false;
    this.still = element("canvas");
    this.loudest = Math.max(8, peaks.loudest); // silence stays a line
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw({ anew: true }));
  }

  get width() {
    return this.canvas.clientWidth;
  }

  timeAt(x) {
    const box = this.canvas.getBoundingClientRect();
    const share = Math.min(Math.max((x - box.left) / box.width, 0), 1);
    return Math.min(this.seconds, this.from + share * this.span);
  }

  moveTo(seconds) {
    this.now = seconds;
    const visible = this.from <= seconds && seconds <= this.from + this.span * 0.97;
    if (!visible && !this.held) this.look(seconds - this.span / 10, this.span);
    this.draw();
  }

  shift(seconds) {
    this.look(this.from + seconds, this.span);
    this.draw();
  }

  zoom(factor, around = this.now) {
    const span = Math.min(Math.max(this.span * factor, SHORTEST_SPAN), this.seconds);
    const inside = this.from <= around && around <= this.from + this.span;
    const share = inside ? (around - this.from) / this.span : 0.5;
    this.look(around - share * span, span);
    this.draw();
  }

  look(from, span) {
    this.span = span;
    this.from = Math.max(0, Math.min(from, this.seconds - span));
  }

  draw({ anew = false } = {}) {
    if (!this.width || !this.seconds) return;
    const sharp = devicePixelRatio || 1;
    const drawn = [this.width, sharp, this.from, this.span].join();
    if (anew || drawn !== this.drawn) {
      for (const canvas of [this.canvas, this.still]) [canvas.width, canvas.height] = [Math.round(this.width * sharp), Math.round(HEIGHT * sharp)];
      this.drawStill(sharp);
      this.drawn = drawn;
    }
    const pen = this.canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    const word = this.text.at(this.now);
    if (word) this.fill(pen, word, "--glow", 0, HEIGHT);
    pen.drawImage(this.still, 0, 0, this.width, HEIGHT);
    pen.fillStyle = this.colour("--ink");
    pen.fillRect(Math.min(this.width - 2, this.x(this.now)), 0, 2, HEIGHT);
  }

  drawStill(sharp) {
    const pen = this.still.getContext("2d");
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    const labelled = this.width / this.span >= LABELS_FROM;
    const height = HEIGHT - MARK_HEIGHT - (labelled ? LABELS_HEIGHT : 0);
    const middle = height / 2;
    for (const word of this.doubtful) {
      if (word.end < this.from || word.start > this.from + this.span) continue;
      pen.globalAlpha = 0.5;
      this.fill(pen, word, "--seen", 0, height);
      pen.globalAlpha = 1;
      this.fill(pen, word, "--still", height, MARK_HEIGHT);
    }
    pen.fillStyle = this.colour("--accent");
    const each = this.span / this.width;
    for (let x = 0; x < this.width; x++) {
      const [low, high] = this.peaks.between(this.from + x * each, this.from + (x + 1) * each);
      const [top, bottom] = [middle - (high / this.loudest) * middle, middle - (low / this.loudest) * middle];
      pen.fillRect(x, top, 1, Math.max(1, bottom - top));
    }
    if (labelled) this.drawWords(pen);
  }

  drawWords(pen) {
    pen.fillStyle = this.colour("--ink");
    pen.font = `12px ${getComputedStyle(this.canvas).fontFamily}`;
    pen.textBaseline = "bottom";
    for (let i = Math.max(0, last(this.text.starts, this.from)); i < this.text.heard.length; i++) {
      const word = this.text.heard[i];
      if (word.start > this.from + this.span) break;
      pen.fillText(this.text.slice(word.startOffset, word.endOffset), this.x(word.start) + 1, HEIGHT - 1);
    }
  }

  fill(pen, { start, end }, name, top, height) {
    pen.fillStyle = this.colour(name);
    pen.fillRect(this.x(start), top, Math.max(1, this.x(end) - this.x(start)), height);
  }

  x(seconds) {
    return ((seconds - this.from) / this.span) * this.width;
  }

  colour(name) {
    return getComputedStyle(this.canvas).getPropertyValue(name);
  }
}
