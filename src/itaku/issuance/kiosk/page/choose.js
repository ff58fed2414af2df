// Choosing inside the page: kind, members, items, copies. Nothing leaves the page before the confirmation.

import { h } from "./dom.js";
import { heading, triesPill } from "./frame.js";
import { icon } from "./icons.js";
import { registryChoices } from "./register.js";
import { choice, notice } from "./start.js";

/** Copies of one application at most (MAX_COPIES of kinds.py; the agent checks it again). */
export const MAX_COPIES = 10;
export const MEMBERS = ["self", "spouse", "children", "parents", "others"];

const PERSONS = ["all", "self", "some"];
/** What is chosen for each kind: whom to show, and which items; `of` says whose members they are. */
const KINDS = {
  "resident-record": { icon: "home", who: PERSONS, of: "household", items: ["head_and_relation", "registered_domicile", "individual_number"] },
  "resident-record-items": { icon: "pick", who: PERSONS, of: "household",
                             items: ["sex", "resident_since", "head_and_relation", "registered_domicile", "individual_number"] },
  "seal-registration": { icon: "seal" },
  income: { icon: "yen", yearly: true },
  taxation: { icon: "yen", yearly: true },
  "tax-payment": { icon: "receipt", yearly: true },
  "family-register-all": { icon: "people", of: "register" },
  "family-register-individual": { icon: "person", who: ["self", "some"], of: "register" },
  "family-register-address": { icon: "sheet", who: PERSONS, of: "register", items: ["registered_domicile"] },
};
const kindOf = (name) => KINDS[name] ?? {};

/** The items that a kind may show or leave out. */
export const itemsOf = (kind) => kindOf(kind).items ?? [];

/** What nothing has been chosen looks like. */
export function nothingChosen() {
  return { kind: "", who: "", members: [], fiscal_year: null, sex: false, resident_since: false,
           head_and_relation: false, registered_domicile: false, individual_number: false, copies: 1 };
}

/** The local choice that answers to an application which the agent handed back. */
export function choiceOf(chosen) {
  const { options } = chosen;
  const draft = { ...nothingChosen(), kind: chosen.kind, copies: chosen.copies, fiscal_year: options.fiscal_year ?? null };
  if (kindOf(chosen.kind).who === undefined) return draft;
  const { members } = options;
  const who = members.length === 0 ? "all" : members.length === 1 && members[0] === "self" ? "self" : "some";
  const on = (item) => (options.items ? options.items.includes(item.replaceAll("_", "-")) : options[item]);
  return { ...draft, who, members: who === "some" ? members : [], ...Object.fromEntries(itemsOf(chosen.kind).map((item) => [item, on(item)])) };
}

/** The options as `kinds.py` reads them. */
export function optionsOf(draft) {
  const { who, yearly } = kindOf(draft.kind);
  const options = { type: draft.kind };
  if (yearly) options.fiscal_year = draft.fiscal_year;
  if (who === undefined) return options;
  options.members = draft.who === "all" ? [] : draft.who === "self" ? ["self"] : draft.members;
  const items = itemsOf(draft.kind);
  if (draft.kind === "resident-record-items") return { ...options, items: items.filter((item) => draft[item]).map((item) => item.replaceAll("_", "-")) };
  return { ...options, ...Object.fromEntries(items.map((item) => [item, draft[item]])) };
}

/** The local steps of a kind, in order. */
export function viewsOf(kind) {
  return ["kind", ...(kindOf(kind).who ? ["members"] : []), ...(itemsOf(kind).length > 0 ? ["items"] : []), "copies", "confirm"];
}

/** The step after one. */
const after = (ctx, view) => viewsOf(ctx.local.draft.kind)[viewsOf(ctx.local.draft.kind).indexOf(view) + 1];

/** Whom the certificate shows, in words: the whole household or register, the holder alone, or the relations. */
export function whoText(ctx) {
  const { t, list } = ctx.words;
  const { kind: name, who, members: chosen } = ctx.local.draft;
  const { of, who: choices } = kindOf(name);
  if (choices !== undefined && who === "some") return list(chosen.map((member) => t(`member.${member}`)));
  if (of === "register" && (choices === undefined || who === "all")) return t("who.register");
  return t(choices === undefined ? "who.self" : `who.${who}`);
}

export function menuItem(ctx) {
  return ctx.screen.menu.find((item) => item.kind === ctx.local.draft.kind);
}

/** The title of a kind in the page's language; a kind without words keeps the agent's title. */
export function titleOf(ctx, item) {
  const key = `kind.${item.kind}`;
  return ctx.words.has(key) ? ctx.words.t(key) : ctx.words.name(item.title);
}

/** A fiscal year as the page's language counts it: 令和8年度 where eras are read, else the Western year. */
export function yearText(ctx, year) {
  if (year == null) return "";
  const { t, language } = ctx.words;
  return year < 2019 || language === "en" || language === "ko" ? t("year.western", { year }) : t("year.fiscal", { year, era: year === 2019 ? t("year.first") : year - 2018 });
}

export function kind(ctx) {
  const { screen, words } = ctx;
  const { t } = words;
  return [
    heading(screen.registry ? t("registry.title", { city: words.name(screen.municipality) }) : t("choose.title")),
    h("p", { class: "k-lead" }, t(screen.registry ? "registry.lead" : "choose.lead")),
    h("div", { class: "k-pills" }, h("p", { class: "k-pill k-pill--ok" }, icon("done"), t("card.read")), triesPill(ctx)),
    handedBack(ctx),
    h("div", { class: `k-choices ${screen.menu.length <= 4 ? "k-choices--few" : screen.elsewhere.length > 0 ? "k-choices--many k-choices--full" : "k-choices--many"}` }, screen.menu.map((item) => {
      const more = `kind.${item.kind}.more`;
      const look = { title: titleOf(ctx, item), text: words.has(more) ? t(more, { year: yearText(ctx, item.fiscal_year) }) : "", iconName: kindOf(item.kind).icon ?? "sheet", key: item.kind,
                     end: h("span", { class: "price" }, amount(ctx, item.fee_yen), h("small", {}, t("per-copy"))) };
      return choice(ctx, item.reason, look, () => ctx.set({ draft: { ...nothingChosen(), kind: item.kind, fiscal_year: item.fiscal_year }, view: viewsOf(item.kind)[1] }));
    }), registryChoices(ctx)),
  ];
}

/** Why the last application came back. A wrong PIN is told where the PIN is entered. */
function handedBack({ screen, words }) {
  if (screen.refusal === null || screen.refusal.code === "pin_wrong") return null;
  const { what, next } = words.reason(screen.refusal);
  return notice("warn", "warn", what, next, "alert");
}

/** An amount, its number large and its unit small. */
export function amount(ctx, yen) {
  const { t } = ctx.words;
  const unit = (text) => (text ? h("small", {}, text) : null);
  return h("span", { class: "k-amount num" }, unit(t("yen.before")), yen.toLocaleString("en-US"), unit(t("yen.after")));
}

export function members(ctx) {
  const { screen, words, local } = ctx;
  const { t } = words;
  const { draft } = local;
  const change = (patch) => ctx.set({ draft: { ...draft, ...patch } });
  const { who: choices, of } = kindOf(draft.kind);
  const next = after(ctx, "members");
  const words_ = (who) => (who === "all" && of === "register" ? "who.register" : `who.${who}`);
  const pick = (who, iconName, click) =>
    h("button", { type: "button", class: "k-choice k-choice--pick", key: `who-${who}`, "aria-pressed": String(draft.who === who), on: { click } },
      icon(iconName), h("span", {}, h("b", {}, t(words_(who))), h("small", {}, t(`${words_(who)}.more`))), h("span"), icon(draft.who === who ? "done" : "next"));
  const onward = (who) => () => ctx.set({ draft: { ...draft, who, members: [] }, view: next });
  const toggle = (member) => change({ members: draft.members.includes(member) ? draft.members.filter((m) => m !== member)
                                                                              : MEMBERS.filter((m) => m === member || draft.members.includes(m)) });
  return [
    heading(t("members.title")),
    h("p", { class: "k-lead" }, t("members.lead")),
    draft.who === "some" && screen.refusal?.code === "members_none" ? handedBack(ctx) : null,
    h("div", { class: "k-choices", role: "group" },
      choices.includes("all") ? pick("all", "people", onward("all")) : null, pick("self", "person", onward("self")), pick("some", "pick", () => change({ who: "some" }))),
    draft.who === "some"
      ? h("div", { class: "k-checks", role: "group", "aria-label": t("who.some") }, MEMBERS.map((member) => {
          const on = draft.members.includes(member);
          return h("button", { type: "button", class: "k-check", key: `member-${member}`, "aria-pressed": String(on), on: { click: () => toggle(member) } },
            h("i", { class: "k-box", "aria-hidden": "true" }, on ? icon("check") : null), t(`member.${member}`));
        }))
      : null,
    bar(ctx, draft.who === "" ? t("wait.who") : draft.who === "some" && draft.members.length === 0 ? t("wait.members") : "", next),
  ];
}

export function items(ctx) {
  const { words, local } = ctx;
  const { t } = words;
  const { draft } = local;
  return [
    heading(t("items.title")),
    h("p", { class: "k-lead" }, t("items.lead")),
    h("div", { class: `k-choices ${itemsOf(draft.kind).length > 3 ? "k-choices--many" : ""}`, role: "group" }, itemsOf(draft.kind).map((item) => {
      const on = draft[item];
      return h("button", { type: "button", class: "k-choice k-choice--toggle", key: item, "aria-pressed": String(on),
                           on: { click: () => ctx.set({ draft: { ...draft, [item]: !on } }) } },
        h("i", { class: "k-box", "aria-hidden": "true" }, on ? icon("check") : null),
        h("span", {}, h("b", {}, t(`item.${item}`)), h("small", {}, t(`item.${item}.more`))),
        h("span", { class: "k-onoff" }, t(on ? "item.on" : "item.off")));
    })),
    draft.individual_number
      ? notice("warn", "warn", t("number.title"), t("number.text"), "status")
      : notice("info", "info", t("items.hint"), t("items.hint.more")),
    bar(ctx, "", "copies"),
  ];
}

export function copies(ctx) {
  const { words, local } = ctx;
  const { t } = words;
  const n = local.draft.copies;
  const change = (to) => ctx.set({ draft: { ...local.draft, copies: to } });
  const stepKey = (name, iconName, allowed, to, why) =>
    h("button", { type: "button", class: `k-step ${allowed ? "" : "k-btn--off"}`, key: name, "aria-disabled": allowed ? null : "true", "aria-label": t(`copies.${name}`),
                  on: { click: () => (allowed ? change(to) : ctx.answer(why)) } }, icon(iconName));
  return [
    heading(t("copies.title")),
    h("p", { class: "k-lead" }, t("copies.lead", { max: MAX_COPIES })),
    h("div", { class: "k-copies" },
      stepKey("less", "minus", n > 1, n - 1, t("copies.least")),
      h("p", { class: "k-copies__n", role: "status" }, h("b", { class: "num" }, n), words.count("copies.unit", n)),
      stepKey("more", "plus", n < MAX_COPIES, n + 1, t("copies.most", { max: MAX_COPIES }))),
    h("div", { class: "k-quick", role: "group", "aria-label": t("copies.title") },
      Array.from({ length: MAX_COPIES }, (_, i) => i + 1).map((i) =>
        h("button", { type: "button", class: "k-check k-check--n num", key: `copies-${i}`, "aria-pressed": String(i === n), on: { click: () => change(i) } }, i))),
    h("p", { class: "k-lead k-lead--gap" }, t("copies.same")),
    bar(ctx, "", "confirm"),
  ];
}

/** The bar with the price so far and 次へ. Without a choice the key says what is missing, and a touch says it again. */
function bar(ctx, missing, next) {
  const { words, local } = ctx;
  const { t } = words;
  const fee = menuItem(ctx).fee_yen;
  return h("div", { class: "k-bar" },
    h("p", { class: "k-bar__price" }, h("small", {}, `${words.yen(fee)} × ${words.count("copies.n", local.draft.copies)}`),
      h("span", {}, t("to-pay"), amount(ctx, fee * local.draft.copies))),
    missing === ""
      ? h("button", { type: "button", class: "k-btn k-btn--primary", key: "next", on: { click: () => ctx.set({ view: next }) } }, t("next"), icon("next"))
      : h("button", { type: "button", class: "k-btn k-btn--off", key: "next", "aria-disabled": "true", on: { click: () => ctx.answer(missing) } }, missing));
}
