// Sends the files of a form one by one, each with its own progress; a file whose sending broke off can be sent again.
// Without this module the form sends all files at once, and the answer says the same things.

const largest = (input) => Number(input.dataset.largest || 0);
const megabytes = (bytes) => (bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`);

class Row {
  constructor(list, words, file) {
    this.words = words;
    this.file = file;
    this.item = document.createElement("li");
    this.item.className = "tr-tasks__item";
    const body = document.createElement("div");
    const name = document.createElement("strong");
    name.textContent = file.name;
    this.bar = document.createElement("progress");
    this.bar.className = "tr-progress__bar";
    this.bar.max = file.size || 1;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", `${words.sending}: ${file.name}`);
    this.help = document.createElement("p");
    this.help.className = "tr-tasks__help";
    this.state = document.createElement("span");
    this.state.className = "tr-chip";
    body.append(name, this.bar, this.help);
    this.item.append(body, this.state);
    list.append(this.item);
    this.show("info", words.sending);
  }

  show(tone, text) {
    this.state.dataset.tone = tone;
    this.state.textContent = text;
  }

  moved(sent) {
    this.bar.value = sent;
    this.help.textContent = this.words.of.replace("{all}", megabytes(this.file.size)).replace("{sent}", megabytes(sent));
  }

  done() {
    this.bar.value = this.bar.max;
    this.show("ok", this.words.done);
  }

  failed(why, again) {
    this.show("bad", this.words.failed);
    // What broke off says how far it came; what was refused had arrived.
    this.help.textContent = again ? `${why} ${this.help.textContent}` : why;
    this.help.classList.add("tr-bad");
    if (!again) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tr-button";
    button.dataset.type = "outline";
    button.dataset.size = "s";
    button.textContent = this.words.retry;
    button.addEventListener("click", () => {
      this.item.remove();
      again();
    });
    this.item.firstChild.append(button);
  }
}

function reasonIn(page) {
  const found = new DOMParser().parseFromString(page, "text/html");
  const items = [...found.querySelectorAll(".tr-errors__list li")].map((item) => item.textContent.trim());
  return items.join(" ") || found.querySelector("h1")?.textContent.trim() || "";
}

function send(form, input, file, row) {
  return new Promise((resolve) => {
    const data = new FormData(form);
    data.delete(input.name);
    data.append(input.name, file, file.name);
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (event) => row.moved(Math.min(event.loaded, file.size)));
    request.addEventListener("load", () => {
      if (request.status < 400) {
        row.done();
        resolve({ ok: true, url: request.getResponseHeader("Location") ?? request.responseURL });
      } else {
        row.failed(reasonIn(request.responseText));
        resolve({ ok: false });
      }
    });
    const broken = () => {
      row.failed(row.words.broken, () => start(form, input, [file]));
      resolve({ ok: false });
    };
    request.addEventListener("error", broken);
    request.addEventListener("abort", broken);
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    request.setRequestHeader("X-Upload", "1");
    request.send(data);
  });
}

function linkTo(url, text) {
  const line = document.createElement("p");
  const link = document.createElement("a");
  link.href = url;
  link.textContent = text;
  line.append(link);
  return line;
}

async function start(form, input, files) {
  const list = form.querySelector("[data-upload-list]");
  const status = form.querySelector("[data-upload-status]");
  const words = Object.fromEntries(
    Object.entries(form.dataset)
      .filter(([key]) => key.startsWith("words"))
      .map(([key, value]) => [key.slice(5).toLowerCase(), value]),
  );
  list.hidden = false;
  let last = null;
  let failed = 0;
  for (const file of files) {
    const row = new Row(list, words, file);
    if (!file.size || (largest(input) && file.size > largest(input))) {
      row.failed(file.size ? `${words.large} (${megabytes(file.size)} / ${megabytes(largest(input))})` : words.empty);
      failed += 1;
      continue;
    }
    const result = await send(form, input, file, row);
    status.textContent = `${file.name}: ${row.state.textContent}`;
    if (result.ok) last = result.url;
    else failed += 1;
  }
  if (last && !failed) location.assign(last);
  if (last && failed) list.after(linkTo(last, words.see));
}

for (const form of document.querySelectorAll("form[data-upload]")) {
  const input = form.querySelector('input[type="file"]');
  form.addEventListener("submit", (event) => {
    // No file, or a choice of the server's: the plain form is as good, and shows errors in place.
    const files = [...input.files];
    const title = form.querySelector('[name="title"]');
    const kind = form.querySelector('select[name="kind"]');
    const previous = form.querySelector('[name="previous"]');
    if (!files.length || (files.length > 1 && (title?.value || previous?.value)) || (kind && !kind.value)) return;
    event.preventDefault();
    start(form, input, files);
  });
}
