// Compute the digests of a document in the browser, so that it need not be sent. Without this there are commands.
const form = document.querySelector("form[data-digest]");
const local = form?.querySelector("[data-digest-local]");

async function hexadecimal(name, content) {
  const digest = new Uint8Array(await crypto.subtle.digest(name, content));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

if (local && globalThis.crypto?.subtle) {
  local.hidden = false;
  const input = local.querySelector("input");
  const said = local.querySelector("[role=status]");
  input.addEventListener("change", async () => {
    said.textContent = "";
    const file = input.files[0];
    if (!file) return;
    try {
      const content = await file.arrayBuffer();
      const names = ["SHA-256", "SHA-384", "SHA-512"];
      const values = await Promise.all(names.map((name) => hexadecimal(name, content)));
      form.querySelector("textarea").value = values.join("\n");
      said.textContent = said.dataset.done;
    } catch {
      said.textContent = said.dataset.failed; // the file went away, or is larger than memory
    }
  });
}
