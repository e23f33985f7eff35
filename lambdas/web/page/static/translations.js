// The translation that the reader chose, sentence by sentence beside the text.
import { element, line } from "./elements.js";

export class Translations {
  constructor(reader) {
    this.reader = reader;
    this.choice = reader.section.querySelector("#language");
    this.choice?.addEventListener("change", () => this.show(this.choice.value));
  }

  async show(code) {
    const { box } = this.reader;
    for (const old of box.querySelectorAll(".translation")) old.remove();
    box.classList.toggle("translated", Boolean(code));
    if (!code) return;
    const translation = await this.reader.load(`translation.${code}.json`);
    if (this.choice.value !== code) return; // another language was chosen meanwhile
    if (!translation) return box.prepend(line("The translation could not be loaded.", "translation"));
    const sentences = new Map(translation.sentences.map((sentence) => [sentence.id, sentence]));
    for (const span of box.querySelectorAll(".sentence")) {
      const sentence = sentences.get(Number(span.dataset.sentence));
      if (sentence) span.after(this.translated(sentence, code));
    }
  }

  translated(sentence, code) {
    const span = element("span", sentence.uncertain ? "translation uncertain" : "translation", sentence.translation);
    [span.lang, span.dir] = [code, this.choice.selectedOptions[0].dir];
    return span;
  }
}
