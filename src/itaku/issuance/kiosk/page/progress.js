// Views while the kiosk works: signing to permission, payment, cancelling, printing.

import { amount } from "./choose.js";
import { h } from "./dom.js";
import { heading } from "./frame.js";
import { icon } from "./icons.js";
import { moneyIntoSlot, sheetRow } from "./pictures.js";
import { limitLine, notice, takeCard } from "./start.js";

const STAGES = ["signing", "applying", "checking", "permitting"];

/** Four things to wait for, in order; no money yet. */
export function preparingCertificate(ctx) {
  const { screen, words } = ctx;
  const { t } = words;
  const at = STAGES.indexOf(screen.state);
  return [
    heading(t("work.title")),
    h("p", { class: "k-lead" }, t("work.lead")),
    h("ol", { class: "k-stages" }, STAGES.map((stage, i) =>
      h("li", { class: i < at ? "done" : i === at ? "now" : "", "aria-current": i === at ? "step" : null },
        icon(i < at ? "done" : i === at ? "wait" : "clock", i === at ? "spin" : ""),
        h("span", {}, h("b", {}, t(`work.${stage}`)), h("small", {}, t(i < at ? "work.done" : i === at ? "work.now" : "work.later")))))),
    screen.state === "signing" ? notice("info", "card", t("card.keep"), t("card.keep.more"), "status")
      : screen.card === "lying" ? takeCard(ctx) : notice("ok", "done", t("card.returned"), t("work.keep-waiting")),
    h("p", { class: "k-fine k-fine--gap" }, t("work.no-money")),
  ];
}

export function paying(ctx) {
  const { screen, words } = ctx;
  const { t } = words;
  const rest = Math.max(0, screen.due_yen - screen.paid_yen);
  return [
    heading(t("pay.title", { yen: words.yen(screen.due_yen) })),
    h("p", { class: "k-lead" }, t("pay.lead")),
    h("div", { class: "k-picture k-picture--flat" }, moneyIntoSlot(t("pay.picture"))),
    h("dl", { class: "k-money", role: "group", "aria-label": t("pay.state") },
      h("div", {}, h("dt", {}, t("to-pay")), h("dd", {}, amount(ctx, screen.due_yen))),
      h("div", {}, h("dt", {}, t("pay.in")), h("dd", {}, amount(ctx, screen.paid_yen))),
      h("div", { class: "k-money__rest" }, h("dt", {}, t("pay.rest")), h("dd", { role: "status" }, amount(ctx, rest)))),
    h("p", { class: "k-fine k-fine--gap" }, t("pay.change"), h("br"), t("pay.cancel")),
    screen.card === "lying" ? takeCard(ctx) : null,
    limitLine(ctx, "pay.limit"),
  ];
}

export function cancelling(ctx) {
  const { screen, words } = ctx;
  const { t } = words;
  return [
    heading(t("cancelling.title")),
    h("p", { class: "k-lead" }, t("cancelling.lead")),
    h("div", { class: "k-picture k-picture--quiet" }, icon("wait", "spin")),
    notice("info", "yen", t("cancelling.money"), screen.paid_yen > 0 ? t("cancelling.paid", { yen: words.yen(screen.paid_yen) }) : "", "status"),
  ];
}

export function printing(ctx) {
  const { screen, words } = ctx;
  const { t } = words;
  const { sheets_done: done, sheets_total: total } = screen;
  return [
    heading(t("print.title")),
    h("p", { class: "k-lead" }, t("print.lead")),
    h("section", { class: "k-print" },
      h("p", { class: "k-print__n", role: "status" }, t("print.count.before"), h("b", { class: "num" }, done), t("print.count.after", { total })),
      sheetRow(t("print.picture", { n: done, total }), done, total),
      h("div", { class: "k-meter", "aria-hidden": "true" }, h("i", { class: `k-meter__${Math.round((done / Math.max(1, total)) * 20)}` }))),
    h("ul", { class: "k-marks" },
      h("li", {}, icon("done"), t("print.paid", { yen: words.yen(screen.chosen.fee_yen) })),
      h("li", {}, icon("info"), t("print.hands")),
      h("li", {}, icon("info"), t("print.tint"))),
    screen.card === "lying" ? takeCard(ctx) : null,
  ];
}
