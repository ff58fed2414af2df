// ヘルプ: a view of its own in the place of the content (no modal), with the languages within a seated person's reach.

import { h } from "./dom.js";
import { heading, languages } from "./frame.js";
import { icon } from "./icons.js";

const QUESTIONS = [["lock", "pin"], ["yen", "money"], ["people", "who"], ["trash", "data"]];

export function help(ctx) {
  const { screen, words } = ctx;
  const { t } = words;
  return [
    heading(t("help.title")),
    h("p", { class: "k-lead" }, t("help.lead")),
    h("dl", { class: "k-help" }, QUESTIONS.map(([name, key]) =>
      h("div", {}, icon(name), h("div", {}, h("dt", {}, t(`help.${key}`)), h("dd", {}, t(`help.${key}.answer`)))))),
    h("h2", { class: "k-h2" }, icon("globe"), t("language")),
    languages(ctx, "k-languages"),
    screen.may.includes("call_clerk")
      ? h("div", { class: "k-call" }, h("button", { type: "button", class: "k-btn k-btn--primary", key: "call", on: { click: () => ctx.act({ do: "call_clerk" }) } },
          icon("bell"), t("call")))
      : null,
  ];
}
