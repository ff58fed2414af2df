// What every screen of the kiosk must keep, measured in the page. Answers the list of what is broken.
() => {
  const kiosk = document.getElementById("kiosk"), frame = kiosk.getBoundingClientRect(), broken = [];
  const shown = (e) => { const r = e.getBoundingClientRect(); return r.width > 1 && r.height > 1 && !e.closest(".visually-hidden"); };
  for (const e of kiosk.querySelectorAll("button")) {
    const r = e.getBoundingClientRect();
    if (r.width < 88 || r.height < 88) broken.push(`target ${r.width}x${r.height}: ${e.textContent}`);
    if (r.top < 480 && !e.closest(".k-head")) broken.push(`too high, ${r.top}: ${e.textContent}`);
    if (r.bottom > 1920 || r.right > 1080 || r.left < 0) broken.push(`off the screen: ${e.textContent}`);
  }
  for (const e of kiosk.querySelectorAll("*")) {
    if (e.closest("svg") || !shown(e)) continue;
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (own && parseFloat(getComputedStyle(e).fontSize) < 26) broken.push(`text of ${getComputedStyle(e).fontSize}: ${e.textContent}`);
    const r = e.getBoundingClientRect();
    if (r.right > frame.right + .5 || r.left < frame.left - .5 || r.bottom > frame.bottom + .5) broken.push(`overflows: ${e.className} ${e.textContent}`);
    if (own && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline") broken.push(`wider than its place: ${e.textContent}`);
  }
  const body = kiosk.querySelector(".k-body"), bottom = body.getBoundingClientRect().bottom;
  for (const e of body.children) if (e.getBoundingClientRect().bottom > bottom + .5) broken.push(`does not fit: ${e.className}`);
  if (kiosk.querySelectorAll("h1").length !== 1) broken.push("not one h1");
  for (const e of kiosk.querySelectorAll(".icon")) if (e.getAttribute("aria-hidden") !== "true") broken.push("an icon speaks");
  if (/\{\w+\}|undefined|NaN/.test(kiosk.textContent)) broken.push(`unfilled words: ${kiosk.textContent}`);
  return broken;
}
