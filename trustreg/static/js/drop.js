// Drop anywhere on the page, and say at once what is too large or empty. The file input does the work without this.
const zone = document.querySelector("[data-drop]");
const input = zone?.querySelector("input[type=file]");
const said = zone?.querySelector("[data-drop-said]");

function words(size) {
  return size < 1e6 ? `${Math.ceil(size / 1e3)} KB` : `${(size / 1e6).toFixed(1)} MB`;
}

function look() {
  const file = input.files[0];
  const limit = Number(zone.dataset.limit);
  let text = "";
  if (file && file.size === 0) text = said.dataset.empty;
  else if (file && file.size > limit) text = said.dataset.large.replace("{size}", words(file.size));
  else if (file) text = `${file.name} (${words(file.size)})`;
  said.textContent = text;
  said.hidden = !text;
}

if (input) {
  input.addEventListener("change", look);
  addEventListener("dragover", (event) => {
    if ([...event.dataTransfer.types].includes("Files")) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    const first = new DataTransfer();
    first.items.add(event.dataTransfer.files[0]);
    input.files = first.files;
    look();
    input.focus();
  });
}
