// The desk's only script: open and close なぜ？, and count an incident's clock down. Everything works without it but movement.
document.addEventListener("click", (event) => {
  const button = event.target.closest(".why");
  if (!button) return;
  if (button.matches("a")) event.preventDefault();
  const slot = button.closest(".duty, .why-row")?.nextElementSibling;
  const open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!open));
  if (slot?.classList.contains("why-slot")) slot.hidden = open;
});
document.addEventListener("keydown", (event) => {
  if (event.key === " " && event.target.matches("a.why")) { event.preventDefault(); event.target.click(); }
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
