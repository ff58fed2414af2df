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
// An incident's clock: the server's time, moved on by this machine's steady one; spoken once a minute.
document.querySelectorAll("[data-clock]").forEach((cell) => {
  const said = cell.dataset, shown = cell.querySelector("[data-shown]"), spoken = cell.querySelector("[data-spoken]");
  const began = performance.now();
  let minute = null;
  const tick = () => {
    const now = Number(said.now) + performance.now() - began;
    const left = Math.floor((Number(said.until) - now) / 1000);
    const hours = Math.floor(left / 3600), minutes = Math.floor(left / 60) % 60;
    const two = (number) => String(number).padStart(2, "0");
    shown.textContent = left >= 0 ? `${hours}:${two(minutes)}:${two(left % 60)}` : now < Number(said.limit) ? said.past : said.over;
    const current = left >= 0 ? `${said.left}${hours}${said.hours}${minutes}${said.minutes}` : shown.textContent;
    if (spoken && current !== minute) {
      if (minute !== null) spoken.textContent = current;
      minute = current;
    }
  };
  tick();
  setInterval(tick, 1000);
});
// The era's form beside a day while it is chosen; the server writes the same once the page is sent.
document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.matches?.("input[data-era]")) return;
  const told = field.nextElementSibling;
  const day = field.valueAsDate;
  if (!told || told.tagName !== "OUTPUT") return;
  told.textContent = day
    ? new Intl.DateTimeFormat("ja-JP-u-ca-japanese", { era: "long", year: "numeric", month: "long", day: "numeric", timeZone: "UTC" }).format(day)
    : "";
});
