// Single keys for the work view (ui.md 8). Every key does what a visible control does: `data-key` names it on a link, a
// radio button or a fold. Never while typing, never with a modifier of the browser; one switch turns all of them off.

const OFF = "trustreg.keys.off";
const root = document.querySelector("[data-keys]");
const box = document.querySelector("[data-keys-switch]");
let before = "";

const isOff = () => {
  try {
    return localStorage.getItem(OFF) === "1";
  } catch {
    return false;
  }
};

const typing = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=submit], [type=button])"));

const press = (control) => {
  if (control instanceof HTMLDetailsElement) {
    control.open = !control.open;
    control.querySelector("summary")?.focus();
  } else if (control instanceof HTMLInputElement) {
    control.focus();
    control.click();
  } else {
    control.click();
  }
};

const send = (form) => form.requestSubmit(form.querySelector("button[value=next]"));

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || isOff()) return;
  const form = document.querySelector("[data-keys-form]");
  if (event.key === "Enter" && event.ctrlKey && !event.altKey && !event.metaKey && form) {
    event.preventDefault();
    send(form);
    return;
  }
  if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
  const key = event.key.toLowerCase();
  if (before === "g" && key === "i" && root?.dataset.keys) {
    location.assign(root.dataset.keys);
    return;
  }
  before = key;
  const control = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!control) return;
  event.preventDefault();
  press(control);
});

// What does not conform usually comes with a finding: unfold its fields.
document.addEventListener("change", (event) => {
  const target = event.target;
  if (!(target instanceof HTMLInputElement)) return;
  if (target.name === "outcome" && target.value === "nonconform") {
    const fold = document.querySelector("[data-keys-finding]");
    if (fold) fold.open = true;
  }
  if (box?.contains(target)) {
    try {
      localStorage.setItem(OFF, target.checked ? "0" : "1");
    } catch {
      // The browser keeps nothing: the keys stay on for this page.
    }
  }
});

// The list of criteria is longer than its pane: bring the present one into it.
const pane = document.getElementById("crit");
const present = pane?.querySelector("[aria-current]");
if (pane && present && pane.scrollHeight > pane.clientHeight) {
  pane.scrollTop = present.offsetTop - pane.offsetTop - pane.clientHeight / 3;
}

if (box) {
  box.hidden = false;
  box.querySelector("input").checked = !isOff();
}
