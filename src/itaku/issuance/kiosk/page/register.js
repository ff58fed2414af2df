// Views of a registry municipality: choosing it, entering the register's address and head, confirming, waiting, received.

import { claims, enter } from "./claims.js";
import { pinSection } from "./confirm.js";
import { h } from "./dom.js";
import { heading } from "./frame.js";
import { icon } from "./icons.js";
import { choice, notice, takeCard } from "./start.js";

/** Longest entries (RegisterUse of screens.py; the agent checks them again). */
const LONGEST = { domicile: 120, head_name: 80 };

/** Beside the menu: to another municipality's register, or, at one, to the application for use. */
export function registryChoices(ctx) {
  const { screen, words } = ctx;
  const { t } = words;
  const go = (view) => () => ctx.set({ view });
  return [
    screen.elsewhere.length > 0
      ? choice(ctx, null, { title: t("elsewhere.choice"), text: t("elsewhere.choice.more"), iconName: "home", key: "elsewhere" }, go("places")) : null,
    screen.may_register
      ? choice(ctx, null, { title: t("use.choice"), text: t("use.choice.more"), iconName: "pick", key: "use" }, go("use-entry")) : null,
  ].filter(Boolean);
}

export function places(ctx) {
  const { screen, words } = ctx;
  const { t } = words;
  return [
    heading(t("places.title")),
    h("p", { class: "k-lead" }, t("places.lead")),
    h("div", { class: "k-choices" }, screen.elsewhere.map((place) =>
      choice(ctx, null, { title: words.name(place.name), text: t("places.more"), iconName: "home", key: `place-${place.code}` },
        () => ctx.act({ do: "elsewhere", municipality: place.code })))),
    notice("info", "info", t("places.first"), t("places.first.more")),
  ];
}

export function useEntry(ctx) {
  const { words } = ctx;
  const { t } = words;
  const field = (name) => h("label", { class: "k-field" }, h("b", {}, t(`use.${name}`)), h("small", {}, t(`use.${name}.more`)),
    h("input", { type: "text", lang: "ja", key: name, value: claims()[name], maxlength: LONGEST[name], autocomplete: "off", autocapitalize: "off", spellcheck: "false",
                 on: { input: (event) => enter(name, event.target.value) } }));
  const onward = () => {
    const missing = ["domicile", "head_name"].find((name) => claims()[name].trim() === "");
    return missing === undefined ? ctx.set({ view: "use-confirm" }) : ctx.answer(t(`use.${missing}.missing`));
  };
  return [
    heading(t("use.title")),
    h("p", { class: "k-lead" }, t("use.lead", { city: words.name(ctx.screen.municipality) })),
    field("domicile"),
    field("head_name"),
    notice("info", "lock", t("use.sealed"), t("use.sealed.more")),
    h("div", { class: "k-bar" }, h("p", { class: "k-bar__price" }, h("span", {}, t("use.free"))),
      h("button", { type: "button", class: "k-btn k-btn--primary", key: "next", on: { click: onward } }, t("next"), icon("next"))),
  ];
}

export function useConfirm(ctx) {
  const { words, screen } = ctx;
  const { t } = words;
  const row = (term, text) => [h("dt", {}, term), h("dd", { lang: "ja" }, text)];
  return [
    heading(t("use.confirm")),
    h("div", { class: "k-summary" }, h("dl", { class: "k-kv" },
      row(t("use.to"), words.name(screen.municipality)), row(t("use.domicile"), claims().domicile), row(t("use.head_name"), claims().head_name)),
      h("p", { class: "k-fine" }, t("use.wait"), h("br"), t("use.free"))),
    pinSection(ctx),
  ];
}

export function registering(ctx) {
  const { screen, words } = ctx;
  const { t } = words;
  return [
    heading(t("registering.title")),
    h("p", { class: "k-lead" }, t("registering.lead")),
    h("div", { class: "k-picture k-picture--quiet" }, icon("wait", "spin")),
    screen.card === "lying" ? takeCard(ctx) : notice("ok", "done", t("card.returned"), t("work.keep-waiting")),
  ];
}

export function registered(ctx) {
  const { screen, words } = ctx;
  const { t } = words;
  const day = words.dayOf(screen.use.usable_from_ms);
  return [
    h("div", { class: "k-head-notice k-head-notice--ok" }, icon("done"), h("div", {}, heading(t("registered.title")), h("p", {}, t("registered.lead", { day })))),
    h("section", { class: "k-case" }, h("div", {}, h("h2", {}, t("case")), h("b", { class: "num" }, screen.use.case_no)), h("p", {}, t("case.keep"))),
    h("section", { class: "k-todo" }, h("h2", { class: "k-h2" }, t("do.title")), h("ol", {},
      [screen.card === "lying" ? t("do.card") : null, t("registered.come", { day }), t("registered.ask", { city: words.name(screen.municipality) })]
        .filter(Boolean).map((text) => h("li", {}, h("span", {}, text))))),
    h("p", { class: "k-fine k-fine--gap" }, t("registered.free")),
  ];
}
