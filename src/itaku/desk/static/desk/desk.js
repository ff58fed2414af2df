// The desk's only script: open and close なぜ？, and count an incident's clock down. Everything works without it but movement.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button.why");
  if (!button) return;
  const slot = button.closest(".duty, .why-row")?.nextElementSibling;
  const open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!open));
  if (slot?.classList.contains("why-slot")) slot.hidden = open;
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
