// Make elements. Text is always set as text, never as markup: it comes from uploads.

export function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

export const line = (text, className = "empty") => element("p", className, text);
