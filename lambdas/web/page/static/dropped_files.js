// The files of a drop, those in folders included.

/** -> [{ path, file }]; a path begins with the name of the folder that was dropped. */
export async function droppedFiles(transfer) {
  // Entries must be taken before the first await: the browser clears the list after the event.
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return Array.from(transfer.files, (file) => ({ path: file.name, file }));
  return (await Promise.all(entries.map(filesIn))).flat();
}

async function filesIn(entry) {
  if (entry.isDirectory) return (await Promise.all((await entriesOf(entry)).map(filesIn))).flat();
  const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
  const hidden = file.name.startsWith("."); // .DS_Store and the like
  return hidden ? [] : [{ path: entry.fullPath.replace(/^\//, ""), file }];
}

/** A reader gives the entries of a folder in parts, and an empty part at the end. */
async function entriesOf(folder) {
  const reader = folder.createReader();
  const all = [];
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!part.length) return all;
    all.push(...part);
  }
}
