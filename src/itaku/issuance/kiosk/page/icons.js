// Line icons on a 24 x 24 grid, drawn for this page. Always hidden from speech: a word stands beside each.

import { s } from "./dom.js";

const PATHS = {
  home: "M3 11.5 12 4l9 7.5M5.5 9.8V20h13V9.8M10 20v-6h4v6",
  seal: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.5 8h7M8.5 12h7M8.5 16h7M12 8v8",
  sheet: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  receipt: "M6 3h12v18H6zM9 7.5h6M9 11.5h6M9 15.5h3",
  yen: "M6 4l6 8 6-8M12 12v8M7 12.5h10M7 16.5h10",
  trash: "M4.5 7h15M9 7V4h6v3M6.5 7l1 13.5h9l1-13.5",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5.5l3.5 2",
  help: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9.5 9.7c0-3.4 5-3.2 5-.2 0 2-2.5 2-2.5 4.2M12 17v.2",
  x: "M5 5l14 14M19 5 5 19",
  back: "M20 12H4M10 6l-6 6 6 6",
  next: "M9 4.5 16.5 12 9 19.5",
  check: "M4.5 12.5 10 18 20 6.5",
  done: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8 12.3l3 3 5.2-6",
  lock: "M5.5 11h13v9.5h-13zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11",
  warn: "M12 3.5 22 20.5H2zM12 10v5M12 17.7v.2",
  stop: "M8 2.5h8L21.5 8v8L16 21.5H8L2.5 16V8zM12 7.5v6M12 16.5v.2",
  bell: "M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5h-15zM10 21h4",
  card: "M3 5.5h18v13H3zM6.5 10h3.5v3H6.5zM13 10h5M13 13.5h5",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 21c0-5 3.4-7 7.5-7s7.5 2 7.5 7",
  people: "M8.5 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20c0-4.5 2.7-6.5 6-6.5s6 2 6 6.5M16 4.5a3.3 3.3 0 0 1 0 6.2M17.5 14c2.6.7 4 2.7 4 6",
  pick: "M4 5h6v6H4zM4 14h6v6H4zM14 6.5l1.8 1.8L20 4.5M14 17h6",
  minus: "M5 12h14",
  plus: "M5 12h14M12 5v14",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v6M12 7.5v.2",
  globe: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3.5 9.5h17M3.5 14.5h17M12 3c-5 5.5-5 12.5 0 18M12 3c5 5.5 5 12.5 0 18",
  wait: "M12 3v4M12 17v4M3 12h4M17 12h4M5.6 5.6l2.8 2.8M15.6 15.6l2.8 2.8M18.4 5.6l-2.8 2.8M8.4 15.6l-2.8 2.8",
};

/** The icon as an element. */
export function icon(name, extra = "") {
  return s(
    "svg",
    { class: `icon icon-${name} ${extra}`.trim(), viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    s("path", { d: PATHS[name] }),
  );
}
