// Shows the board anew with each event of the server; what has the focus keeps it, and what was typed stays.
"use strict";

const board = document.getElementById("board");
const source = new EventSource("/live");
source.onmessage = (event) => {
  const here = document.activeElement;
  const typing = board.contains(here) && here.id !== "" ? [here.id, here.value] : null;
  board.innerHTML = JSON.parse(event.data);
  const again = typing && document.getElementById(typing[0]);
  if (!again) return;
  again.focus({ preventScroll: true });
  if (typing[1] !== undefined) again.value = typing[1];
};
source.onerror = () => {
  const live = document.getElementById("live");
  if (live) live.textContent = "更新が止まっています。つなぎ直しています / Reconnecting";
};
