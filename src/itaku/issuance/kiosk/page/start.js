// Views around the card: the first screen, laying down the card, tries left, and a machine that is not ready.

import { h } from "./dom.js";
import { countdown, heading, limitLeft, triesPill } from "./frame.js";
import { icon } from "./icons.js";
import { cardOnReader } from "./pictures.js";

const SERVICE_ICON = { certificates: "sheet", tries: "lock" };

export function idle(ctx) {
  const { screen, words } = ctx;
  const { t } = words;
  return [
    heading(t("start.title")),
    h("p", { class: "k-lead" }, t("start.lead")),
    h("ul", { class: "k-needs" },
      [["card", "need.card"], ["lock", "need.pin"], ["yen", "need.money"]].map(([name, key]) =>
        h("li", {}, icon(name), h("b", {}, t(key)), h("small", {}, t(`${key}.more`))))),
    h("div", { class: "k-choices k-choices--tall" },
      screen.services.map((item) => {
        const look = { title: t(`service.${item.service}`), text: t(`service.${item.service}.more`),
                       iconName: SERVICE_ICON[item.service], key: item.service };
        return choice(ctx, item.reason, look, () => ctx.act({ do: "start", service: item.service }));
      })),
    h("p", { class: "k-hours" }, icon("clock"), h("span", {}, t("start.hours"))),
  ];
}

/** A large choice. With a reason it stays, dashed, shows the reason, and a touch speaks it in the answer row. */
export function choice(ctx, reason, { title, text, iconName, key, end = null, pressed = null }, click) {
  const { words } = ctx;
  if (reason === null) {
    return h("button", { type: "button", class: "k-choice", key, "aria-pressed": pressed, on: { click } },
      icon(iconName), h("span", {}, h("b", {}, title), h("small", {}, text)), end ?? h("span"), icon("next"));
  }
  const { what, next } = words.reason(reason);
  const tag = words.has(`off.${reason.code}`) ? words.t(`off.${reason.code}`) : words.t("off");
  return h("button", { type: "button", class: "k-choice k-choice--off", key, "aria-disabled": "true",
                       on: { click: () => ctx.answer(`${title}${words.t("answer.join")}${what}${words.t("sentence.gap")}${next}`) } },
    icon(iconName), h("span", {}, h("b", {}, title), h("small", {}, what), h("small", {}, next)),
    h("span", { class: "k-tag" }, icon("clock"), tag), icon("help"));
}

export function reading(ctx) {
  const { screen, words } = ctx;
  const { t } = words;
  const again = screen.refusal === null ? null : words.reason(screen.refusal);
  return [
    heading(t("reading.title")),
    h("p", { class: "k-lead" }, t("reading.lead")),
    again && notice("warn", "warn", again.what, again.next, "alert"),
    h("div", { class: "k-picture" }, cardOnReader(t("reading.picture"))),
    h("ul", { class: "k-marks" },
      ["reading.keep", "reading.no-name", screen.service === "tries" ? "reading.costs-none" : "reading.no-money"].map((key) =>
        h("li", {}, icon("check"), t(key)))),
  ];
}

export function opening(ctx) {
  const { t } = ctx.words;
  return [
    heading(t("opening.title")),
    h("p", { class: "k-lead" }, t("opening.lead")),
    ctx.screen.tries_left === null || ctx.screen.tries_left === 0 ? null : h("div", { class: "k-pills" }, triesPill(ctx)),
    h("div", { class: "k-picture" }, cardOnReader(t("opening.picture"), true)),
    h("p", { class: "k-busy", role: "status" }, icon("wait", "spin"), t("opening.busy")),
  ];
}

export function tries(ctx) {
  const { screen, words } = ctx;
  const { t } = words;
  const n = screen.tries_left ?? 0;
  const look = n >= 3 ? "try" : n === 2 ? "warn" : "bad";
  return [
    heading(t("tries.title")),
    h("p", { class: "k-lead" }, t("tries.lead")),
    h("section", { class: `k-tries k-tries--${look}` },
      h("div", { class: "k-tries__count" }, h("span", {}, t("tries.of.before")), h("b", { class: "num" }, n), h("span", {}, words.count("tries.of", n))),
      h("div", { class: "k-tries__marks" }, [1, 2, 3].map((i) => h("i", { class: i <= n ? "on" : "", "aria-hidden": "true" }))),
      h("p", {}, n === 0 ? t("tries.none") : words.count("tries.means", n))),
    h("h2", { class: "k-h2" }, t("tries.unlock.title")),
    h("ul", { class: "k-marks" }, ["tries.unlock.office", "tries.unlock.store", "tries.free"].map((key) => h("li", {}, icon("info"), t(key)))),
    screen.card === "lying" ? takeCard(ctx) : notice("ok", "done", t("card.returned"), ""),
  ];
}

/** The call to take the card off the reader. */
export function takeCard(ctx) {
  return notice("info", "card", ctx.words.t("card.take"), ctx.words.t("card.take.more"), "status");
}

/** A framed message: colour, icon and words together. */
export function notice(look, iconName, title, text, role = null) {
  return h("div", { class: `k-notice k-notice--${look}`, role }, icon(iconName),
    h("div", {}, h("b", {}, title), text ? h("p", {}, text) : null));
}

/** The page's own screen while the agent cannot be heard. */
export function preparing(ctx) {
  const { t } = ctx.words;
  return [
    heading(t("preparing.title")),
    h("p", { class: "k-lead" }, t("preparing.lead")),
    h("div", { class: "k-picture k-picture--quiet" }, icon("wait", "spin")),
    ctx.local.heldWhenSilent
      ? notice("warn", "warn", t("preparing.held"), t("preparing.held.more"), "alert")
      : notice("info", "info", t("preparing.staff"), t("preparing.staff.more")),
  ];
}

/** A limit that runs in a waiting view, as one line. */
export function limitLine(ctx, key) {
  if (limitLeft(ctx) === null) return null;
  return h("p", { class: "k-limit" }, icon("clock"),
    h("span", {}, ctx.words.t(`${key}.before`), h("b", {}, countdown(ctx)), ctx.words.t(`${key}.after`)));
}
