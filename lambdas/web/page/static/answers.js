// The questions of the job and what the text answers: a click goes to the answer.
import { element, line } from "./elements.js";
import { wordsOf } from "./entities.js";

export const answers = {
  slot: "side",
  wanted: (job) => job.results.includes("answers.json"),
  async mount(host, reader) {
    const found = await reader.load("answers.json");
    if (!found) return host.append(line("The answers could not be loaded."));
    host.classList.add("answers");
    const list = element("dl");
    for (const answer of found.answers) list.append(element("dt", "", answer.question), definition(answer, reader));
    host.append(element("h2", "", "Questions"), list);
  },
};

function definition(answer, reader) {
  const item = element("dd");
  if (answer.answer === null) item.append(element("span", "note", "The text does not say."));
  else item.append(link(answer, reader));
  return item;
}

function link(answer, reader) {
  const button = element("button", "plain", answer.answer);
  button.type = "button";
  const [word] = wordsOf(answer, reader.text);
  button.addEventListener("click", () => {
    if (answer.start !== null) reader.seek(answer.start);
    if (word) reader.show(word);
  });
  return button;
}
