// Comfort only: the form works without this. Files dropped on the page go into its file field; a press shows that work goes on.
const form = document.querySelector("form");
if (form) {
  const drop = form.querySelector(".drop");
  const field = drop.querySelector("input");
  for (const name of ["dragover", "dragenter"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => { event.preventDefault(); field.files = event.dataTransfer.files; });
  form.addEventListener("submit", () => {
    const button = form.querySelector("button");
    button.disabled = true;
    button.firstChild.textContent = "調べています… ";
  });
  window.addEventListener("pageshow", () => { form.querySelector("button").disabled = false; });
}
