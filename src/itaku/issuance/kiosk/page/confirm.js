// Confirmation and PIN on one screen (K2). The PIN lives in this module only: never in the page, never in a second message.

import { claims } from "./claims.js";
import { amount, itemsOf, menuItem, optionsOf, titleOf, whoText, yearText } from "./choose.js";
import { h } from "./dom.js";
import { heading, triesPill } from "./frame.js";
import { icon } from "./icons.js";
import { sheetPicture } from "./pictures.js";

const DIGITS = 4;
let pin = "";

/** Forgets what was entered. */
export function clearPin() {
  pin = "";
}

/** A digit, `Backspace` or `Enter` from the keyboard; true if it was one of them. */
export function pinKey(ctx, name) {
  if (/^[0-9]$/.test(name)) digit(ctx, name);
  else if (name === "Backspace") erase(ctx);
  else if (name === "Enter" && pin.length === DIGITS) send(ctx);
  else return false;
  return true;
}

function digit(ctx, name) {
  if (pin.length < DIGITS) pin += name;
  ctx.draw();
}

function erase(ctx) {
  pin = pin.slice(0, -1);
  ctx.draw();
}

/** Sends the application with the PIN, once, and forgets the PIN at once. */
function send(ctx) {
  const action = { ...(ctx.local.view === "use-confirm" ? { do: "register_use", ...claims() } : application(ctx)), pin };
  pin = "";
  ctx.act(action);
  ctx.draw();
}

function application(ctx) {
  const { draft } = ctx.local;
  return { do: "apply", kind: draft.kind, options: optionsOf(draft), copies: draft.copies, fee_yen: menuItem(ctx).fee_yen * draft.copies };
}

export function confirm(ctx) {
  const { t } = ctx.words;
  return [heading(t("confirm.title")), h("div", { class: "k-confirm" }, sheetColumn(ctx), summary(ctx)), pinSection(ctx)];
}

/** The PIN's dots, the tries left and the keys; the last of them sends what is confirmed in this view. */
export function pinSection(ctx) {
  const { screen, words } = ctx;
  const { t } = words;
  return h("section", { class: "k-pin", "aria-labelledby": "pin-title" },
    h("h2", { id: "pin-title", class: "k-h2" }, t("pin.title")),
    h("p", { class: "k-lead" }, screen.tries_left === 1 ? t("pin.last") : t("pin.keep")),
    h("div", { class: "k-pin__row" },
      h("div", { class: "k-dots", role: "img", "aria-label": t("pin.entered", { n: pin.length }) },
        Array.from({ length: DIGITS }, (_, i) => h("i", { class: i < pin.length ? "on" : "" }))),
      triesPill(ctx, screen.refusal?.code === "pin_wrong" && pin === "")),
    pad(ctx));
}

function sheetColumn(ctx) {
  const { t } = ctx.words;
  return h("figure", { class: "k-sheet" }, sheetPicture(ctx.local.draft, ctx.screen.municipality?.ja ?? "", t("confirm.sample")),
    h("figcaption", {}, t("confirm.paper")));
}

function summary(ctx) {
  const { words, local } = ctx;
  const { t } = words;
  const { draft } = local;
  const item = menuItem(ctx);
  const items = itemsOf(draft.kind);
  const chosen = items.filter((name) => draft[name]).map((name) => t(`item.${name}`));
  const left = items.filter((name) => !draft[name]).map((name) => t(`item.${name}`));
  const row = (term, text, quiet = false) => [h("dt", {}, t(term)), h("dd", { class: quiet ? "quiet" : "" }, text)];
  return h("div", { class: "k-summary" },
    h("dl", { class: "k-kv" },
      row("sum.kind", titleOf(ctx, item)),
      draft.fiscal_year === null ? null : row("sum.year", yearText(ctx, draft.fiscal_year)),
      row("sum.who", whoText(ctx)),
      chosen.length > 0 ? row("sum.with", words.list(chosen)) : null,
      left.length > 0 ? row("sum.without", words.list(left), true) : null,
      row("sum.copies", words.count("copies.n", draft.copies))),
    h("p", { class: "k-total" }, h("small", {}, `${words.yen(item.fee_yen)} × ${words.count("copies.n", draft.copies)}`),
      h("span", {}, t("to-pay"), amount(ctx, item.fee_yen * draft.copies))),
    h("p", { class: "k-fine" }, t("confirm.no-money"), h("br"), t("confirm.no-name")));
}

function pad(ctx) {
  const { words } = ctx;
  const missing = DIGITS - pin.length;
  const digitKey = (name) => h("button", { type: "button", class: "k-key", key: `digit-${name}`, on: { click: () => digit(ctx, name) } }, name);
  return h("div", { class: "k-pad" },
    ["1", "2", "3", "4", "5", "6", "7", "8", "9"].map(digitKey),
    h("button", { type: "button", class: "k-key k-key--word", key: "erase", on: { click: () => erase(ctx) } }, words.t("pin.erase")),
    digitKey("0"),
    missing > 0
      ? h("button", { type: "button", class: "k-key k-key--word k-key--wait", key: "go", "aria-disabled": "true", on: { click: () => ctx.answer(words.count("pin.missing.answer", missing)) } },
          words.count("pin.missing", missing))
      : h("button", { type: "button", class: "k-key k-key--word k-key--go", key: "go", on: { click: () => send(ctx) } }, words.t("pin.go"), icon("check")));
}
