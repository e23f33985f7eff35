// The search of the list of jobs: by the beginning of a key, and by metadata such as “course=101, term=2”.

const ROOT = "uploads/";

export function listenToFindForm(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const found = query(form.elements.prefix.value, form.elements.metadata.value);
    location.assign(`/jobs${found.size ? `?${found}` : ""}`);
  });
}

function query(prefix, metadata) {
  const found = new URLSearchParams();
  const key = prefix.trimStart();
  if (key) found.set("prefix", key.startsWith(ROOT) ? key : ROOT + key);
  for (const [name, value] of pairs(metadata)) found.set(`metadata.${name}`, value.endsWith("*") ? value : `${value}*`);
  return found;
}

/** "course=101, title=A, B" -> [["course", "101"], ["title", "A, B"]] */
function pairs(text) {
  const parts = text.trim().split(/\s*,\s*(?=[\w.-]+\s*=)/);
  return parts.filter(Boolean).map((part) => {
    const [, name, value] = /^([^=]*)=?(.*)$/s.exec(part);
    return [name.trim(), value.trim()];
  });
}
