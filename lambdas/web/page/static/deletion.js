// Delete the job, after a question.
import { Draft } from "./draft.js";
import { ask } from "./server.js";

export function offerDeletion(button, dialog, job) {
  const [problem, confirm] = [dialog.querySelector("[role=alert]"), dialog.querySelector(".danger")];
  button.addEventListener("click", () => dialog.showModal());
  confirm.addEventListener("click", async () => {
    confirm.disabled = true;
    try {
      const uploads = dialog.querySelector("[name=uploads]")?.checked ? "?uploads=true" : "";
      await ask(job.address + uploads, { method: "DELETE" });
      for (const kind of ["text", "times"]) new Draft(job, { kind }).remove();
      location.assign("/jobs");
    } catch (error) {
      [problem.textContent, problem.hidden, confirm.disabled] = [error.message, false, false];
    }
  });
}
