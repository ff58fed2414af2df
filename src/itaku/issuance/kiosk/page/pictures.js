// Drawings: the card on its reader, money into the slot, sheets, and the 見本 of the certificate. All invented, no photograph.

import { s } from "./dom.js";

function picture(width, height, label, ...parts) {
  return s("svg", { class: "picture", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label }, ...parts);
}

const line = (d, extra = "") => s("path", { class: `p-line ${extra}`, d });
const box = (x, y, width, height, rx, extra = "") => s("rect", { class: `p-line ${extra}`, x, y, width, height, rx });
const arrow = (d, head) => s("g", { class: "p-arrow" }, line(d), line(head));

/** A card above (or on) the reader below the screen. */
export function cardOnReader(label, lying = false) {
  const y = lying ? 150 : 40;
  return picture(760, 420, label,
    s("path", { class: "p-soft", d: "M120 300h520l70 96H50z" }),
    line("M120 300h520l70 96H50z"),
    s("path", { class: "p-pad", d: "M210 318h340l34 54H176z" }),
    line("M346 345a34 12 0 0 1 68 0M322 345a58 20 0 0 1 116 0", "p-thin"),
    s("g", { class: lying ? "p-card" : "p-card p-drop", transform: `translate(0 ${y})` },
      box(220, 0, 320, 196, 18, "p-white"), box(252, 66, 58, 46, 8, "p-chip"), line("M252 82h58M252 97h58M281 66v46", "p-thin"),
      box(440, 34, 70, 92, 6, "p-soft"), s("circle", { class: "p-line p-thin", cx: 475, cy: 66, r: 14 }), line("M452 118c2-30 44-30 46 0", "p-thin"),
      line("M252 34h120M252 148h170M252 168h110", "p-thin")),
    lying ? null : arrow("M620 70v150", "M586 188l34 38 34-38"));
}

/** Coins and a note on their way into the slot. */
export function moneyIntoSlot(label) {
  const coin = (cx, cy, r, text) => s("g", {}, s("circle", { class: "p-line p-white", cx, cy, r }), s("text", { class: "p-text", x: cx, y: cy + 13 }, text));
  return picture(760, 300, label,
    box(420, 40, 290, 220, 20, "p-soft"), box(470, 82, 190, 20, 10, "p-slot"), box(470, 150, 120, 66, 10, "p-white"),
    box(606, 150, 54, 66, 10, "p-white"),
    coin(96, 92, 52, "100"), coin(220, 176, 60, "500"), coin(78, 224, 46, "50"),
    arrow("M270 92h110", "M350 60l36 32-36 32"));
}

/** `total` sheets in a row, `done` of them printed; at most ten are drawn. */
export function sheetRow(label, done, total) {
  const n = Math.min(total, 10);
  const step = n > 5 ? 92 : 150;
  const width = 80;
  const parts = Array.from({ length: n }, (_, i) => {
    const x = i * step + 6;
    const state = i < done ? "p-done" : i === done ? "p-now" : "p-todo";
    return s("g", { class: `p-sheet ${state}` }, box(x, 8, width, 113, 6),
      line(`M${x + 16} 34h48M${x + 16} 54h48M${x + 16} 74h30`, "p-thin"),
      i < done ? line(`M${x + 24} 92l13 13 24-28`, "p-tick") : null);
  });
  return picture((n - 1) * step + width + 12, 130, label, ...parts);
}

const ROWS = {
  "resident-record": (draft) => [["氏名", 96], ["生年月日", 120], ["住所", 142],
    ["世帯主・続柄", draft.head_and_relation ? 80 : 0], ["本籍・筆頭者", draft.registered_domicile ? 132 : 0], ["個人番号", draft.individual_number ? 110 : 0]],
  "resident-record-items": (draft) => [["氏名", 96], ["生年月日", 120], ["住所", 142], ...asked(draft, [["性別", "sex", 30], ["住民となった日", "resident_since", 100],
    ["世帯主・続柄", "head_and_relation", 80], ["本籍・筆頭者", "registered_domicile", 132], ["個人番号", "individual_number", 110]])],
  "seal-registration": () => [["印影", -1], ["氏名", 96], ["生年月日", 120], ["住所", 142]],
  income: () => [...PERSON, ["所得", 80], ["合計所得金額", 80], ["扶養", 30]],
  taxation: () => [...PERSON, ["所得", 80], ["控除", 80], ["税額", 80]],
  "tax-payment": () => [...PERSON, ["年税額", 80], ["納付済額", 80], ["未納額", 60]],
  "family-register-all": () => REGISTER,
  "family-register-individual": () => REGISTER,
  "family-register-address": (draft) => [["本籍・筆頭者", draft.registered_domicile ? 132 : 0], ["氏名", 96], ["生年月日", 120], ["住所", 142], ["住定日", 100]],
};
const PERSON = [["氏名", 96], ["生年月日", 120], ["住所", 142]];
const REGISTER = [["本籍", 132], ["氏名", 96], ["生年月日", 120], ["父・母", 120], ["続柄", 40], ["身分事項", 142]];
const asked = (draft, rows) => rows.filter(([, item]) => draft[item]).map(([name, , filled]) => [name, filled]);
const TITLE = { "resident-record": "住 民 票", "resident-record-items": "住民票記載事項証明書", "seal-registration": "印鑑登録証明書", income: "所得証明書",
                taxation: "課税（非課税）証明書", "tax-payment": "納税証明書", "family-register-all": "戸籍全部事項証明書",
                "family-register-individual": "戸籍個人事項証明書", "family-register-address": "戸籍の附票" };

/** The 見本: what will stand on the paper, without any person's data. Drawn, because nobody needs to read it. */
export function sheetPicture(draft, municipality, label) {
  const rows = (ROWS[draft.kind] ?? ROWS["seal-registration"])(draft);
  const parts = [];
  let y = 62;
  for (const [name, filled] of rows) {
    const height = filled < 0 ? 84 : 27;
    parts.push(s("rect", { class: "m-cell", x: 22, y, width: 96, height }), s("rect", { class: "m-cell m-open", x: 118, y, width: 176, height }),
      s("text", { class: "m-text", x: 29, y: y + (filled < 0 ? 48 : 19) }, name));
    if (filled > 0) parts.push(s("rect", { class: "m-bar", x: 127, y: y + 9, width: filled, height: 11, rx: 2 }));
    else if (filled < 0) parts.push(s("circle", { class: "m-seal", cx: 206, cy: y + 42, r: 30 }), s("text", { class: "m-seal-text", x: 206, y: y + 50 }, "印"));
    else parts.push(s("text", { class: "m-text", x: 127, y: y + 19 }, "省略"));
    y += height;
  }
  const rings = [];
  for (let r = 14; r < 460; r += 11) rings.push(s("circle", { cx: 96, cy: 90, r, class: "m-ring" }), s("circle", { cx: 252, cy: 402, r, class: "m-ring m-ring--green" }));
  const code = [];
  for (let i = 0; i < 81; i += 1) if (((i * 2654435761) >>> 7) % 9 < 5) code.push(s("rect", { x: 22 + (i % 9) * 6, y: 374 + Math.floor(i / 9) * 6, width: 6, height: 6 }));
  return s("svg", { class: "sheet", viewBox: "0 0 316 447", role: "img", "aria-label": label }, rings,
    s("text", { class: "m-title", x: 158, y: 42 }, TITLE[draft.kind] ?? ""), parts,
    s("text", { class: "m-mihon", x: 158, y: 268, transform: "rotate(-24 158 250)" }, "見本"),
    s("text", { class: "m-fine", x: 22, y: y + 28 }, "この写しは、原本と相違ないことを証明する。"),
    s("text", { class: "m-text m-end", x: 240, y: 318 }, municipality ? `${municipality}長` : ""),
    s("rect", { class: "m-stamp", x: 254, y: 296, width: 38, height: 38 }),
    s("text", { class: "m-stamp-text", x: 273, y: 312 }, "市長"), s("text", { class: "m-stamp-text", x: 273, y: 327 }, "之印"),
    s("g", { class: "m-code" }, code));
}
