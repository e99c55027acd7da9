// Show how much of an upload has been sent. Without this the browser sends the same form and goes to the result.
const form = document.querySelector("form[data-check]");
const shown = form?.querySelector("[data-sending]");

function show(part) {
  shown.hidden = false;
  shown.querySelector("progress").value = Math.round(part * 100);
  shown.querySelector("[data-sent]").textContent = `${Math.round(part * 100)} %`;
}

function arrived(request) {
  if (new URL(request.responseURL).pathname !== new URL(form.action).pathname) {
    location.assign(request.responseURL);
    return;
  }
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  document.title = page.title;
  document.querySelector("main").replaceWith(page.querySelector("main"));
  (document.querySelector(".tr-errors") ?? document.querySelector("main")).focus();
  scrollTo(0, 0);
}

form?.addEventListener("submit", (event) => {
  const file = form.elements.document.files[0];
  if (!file || file.size < 1 << 20) return; // sent before a bar could be seen
  event.preventDefault();
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "text/html");
  request.upload.addEventListener("progress", (sent) => show(sent.loaded / sent.total));
  request.addEventListener("load", () => arrived(request));
  request.addEventListener("error", () => form.submit()); // the browser then says itself what went wrong
  request.send(new FormData(form));
});
