// An overview of the whole recording: where words were found, and which of them are doubtful.
import { element } from "./elements.js";
import { isDoubtful } from "./text.js";

const HEIGHT = 36;
const MIN_DOUBTFUL_HEIGHT = 3; // pixels, so that it is visible

export const timeline = {
  slot: "player",
  wanted: () => true,
  mount(host, reader) {
    const canvas = element("canvas", "timeline");
    canvas.height = HEIGHT;
    canvas.ariaHidden = "true"; // the text and the player say the same
    host.append(canvas);
    const drawn = new Timeline(canvas, reader.text);
    canvas.addEventListener("click", (event) => reader.seek(drawn.timeAt(event.clientX)));
    canvas.addEventListener("pointermove", ({ clientX: x }) => reader.point({ seconds: drawn.timeAt(x), x, over: canvas }));
    canvas.addEventListener("pointerleave", () => reader.point(null));
    reader.addEventListener("time", () => drawn.moveTo(reader.seconds));
    drawn.moveTo(reader.seconds);
  },
};

class Timeline {
  constructor(canvas, text) {
    this.canvas = canvas;
    this.text = text;
    this.seconds = 0;
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  moveTo(seconds) {
    this.seconds = seconds;
    this.draw();
  }

  timeAt(x) {
    const box = this.canvas.getBoundingClientRect();
    return (Math.min(Math.max(x - box.left, 0), box.width) / box.width) * this.text.seconds;
  }

  draw() {
    const [width, sharp] = [this.canvas.clientWidth, devicePixelRatio || 1];
    if (!width || !this.text.seconds) return;
    if (this.width !== width || this.sharp !== sharp) {
      [this.canvas.width, this.canvas.height] = [Math.round(width * sharp), Math.round(HEIGHT * sharp)];
      [this.width, this.sharp, this.heights] = [width, sharp, this.measure(width)];
    }
    const style = getComputedStyle(this.canvas);
    const colour = (name) => style.getPropertyValue(name);
    const pen = this.canvas.getContext("2d");
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    pen.clearRect(0, 0, width, HEIGHT);
    const now = (this.seconds / this.text.seconds) * width;
    for (let x = 0; x < width; x += 3) {
      const { share, doubtful } = this.heights[x / 3];
      pen.fillStyle = colour(x <= now ? "--accent" : "--soft");
      pen.globalAlpha = x <= now ? 1 : 0.55;
      const tall = 2 + share * (HEIGHT - 8);
      pen.fillRect(x, (HEIGHT - tall) / 2, 2, tall);
      if (!doubtful) continue;
      [pen.fillStyle, pen.globalAlpha] = [colour("--still"), 1];
      const part = Math.max(MIN_DOUBTFUL_HEIGHT, tall * (doubtful / share));
      pen.fillRect(x, (HEIGHT + tall) / 2 - part, 2, part);
    }
    pen.globalAlpha = 1;
    pen.fillStyle = colour("--ink");
    pen.fillRect(Math.min(width - 2, now), 0, 2, HEIGHT);
  }

  /** For each bar, the share of its time that words cover, and the share that doubtful words cover. */
  measure(width) {
    const bars = Array.from({ length: Math.ceil(width / 3) }, () => ({ share: 0, doubtful: 0 }));
    const each = (this.text.seconds * 3) / width;
    for (const word of this.text.heard) {
      const final = Math.min(bars.length - 1, Math.floor(word.end / each));
      for (let i = Math.floor(word.start / each); i <= final; i++) {
        const inside = Math.min(word.end, (i + 1) * each) - Math.max(word.start, i * each);
        bars[i].share = Math.min(1, bars[i].share + inside / each);
        if (isDoubtful(word)) bars[i].doubtful = Math.min(bars[i].share, bars[i].doubtful + inside / each);
      }
    }
    return bars;
  }
}
