// Endings and interruptions, always in one order: what happened, money, paper, data, number, what to do.
// Only what the printer and the cash unit confirmed is told as a fact; the rest reads 「確認しています」.

import { h } from "./dom.js";
import { heading } from "./frame.js";
import { icon } from "./icons.js";
import { limitLine } from "./start.js";

/** Codes after which another machine can help, not the same one. */
const AT_THE_PRINTER = new Set(["paper_jam", "paper_out", "cover_open", "printing_unconfirmed", "printer_not_ready", "cash_fault", "restarted"]);
/** Endings that nobody did wrong and nothing broke: told calmly. */
const CALM = new Set(["cancelled", "session_timeout", "not_paid", "challenge_expired", "card_removed", "card_unreadable"]);
const WAITING = new Set(["paper_out", "asking", "refunding", "clerk"]);

export function outcome(ctx) {
  const { outcome: o } = ctx.screen;
  return [head(ctx, o), facts(ctx, o), number(ctx, o), todo(ctx, o), call(ctx)];
}

function look(screen, o) {
  if (o.reason === null && screen.state === "result") return ["ok", "done"];
  if (WAITING.has(screen.state)) return ["warn", "warn"];
  if (o.reason.code === "cancelled") return ["info", "info"];
  return CALM.has(o.reason.code) ? ["warn", "warn"] : ["bad", "stop"];
}

function head(ctx, o) {
  const { screen, words } = ctx;
  const [colour, mark] = look(screen, o);
  const [title, text] = headline(words, screen, o);
  return h("div", { class: `k-head-notice k-head-notice--${colour}`, role: screen.failed ? "alert" : null },
    icon(mark), h("div", {}, heading(title.replace(/[。.]$/, "")), text ? h("p", {}, text) : null));
}

/** What happened, then the one thing that matters most: the money, if any, or what to do next. */
function headline(words, screen, o) {
  const { t } = words;
  if (o.reason === null && screen.state === "result") return [t("done.title"), words.count("done.lead", o.sheets_out)];
  const told = o.reason === null ? null : words.reason(o.reason);
  const titles = { paper_out: t(o.reason?.code === "cover_open" ? "cover.title" : "paper_out.title"), asking: t("asking.title"), refunding: t("refunding.title"), clerk: t("clerk.title") };
  // Once the money is due at the register, nothing is left to be checked: what happened stands first, as at the end.
  const dueBack = screen.state === "clerk" && o.money === "return_at_register";
  let title = dueBack ? told.what : titles[screen.state] ?? told.what;
  if (o.reason?.code === "printing_unconfirmed" && (dueBack || screen.state === "result")) title = t("unconfirmed.title");
  if (o.reason?.code === "paper_jam" && o.sheets_total > 0 && o.paper === "inside") title = t("jam.title", { n: o.sheets_out + 1 });
  return [title, lead(words, o)];
}

function lead(words, o) {
  const { t, yen } = words;
  const called = o.clerk_called ? t("lead.called") : "";
  const money = {
    returned: t("lead.returned", { yen: yen(o.money_yen) }),
    returned_at_register: t("lead.returned"),
    return_at_register: t("lead.register"),
    held: t("lead.held", { yen: yen(o.money_yen) }),
    asking: t("lead.asking"),
  }[o.money];
  if (money !== undefined) return [money, called].filter(Boolean).join(t("sentence.gap"));
  return called;
}

function facts(ctx, o) {
  return h("div", { class: "k-facts" },
    fact(ctx, "yen", "fact.money", ...money(ctx.words, o)), fact(ctx, "receipt", "fact.paper", ...paper(ctx, o)), fact(ctx, "trash", "fact.data", ...data(ctx.words, o)));
}

function fact(ctx, iconName, label, title, text) {
  return h("section", { class: "k-fact" }, icon(iconName), h("div", {}, h("h2", {}, ctx.words.t(label)), h("b", {}, title), text ? h("p", {}, text) : null));
}

function money({ t, yen }, o) {
  const amount = { yen: yen(o.money_yen) };
  return [t(`money.${o.money}`, amount), t(`money.${o.money}.more`, amount)];
}

function paper(ctx, o) {
  const { words } = ctx;
  const n = { n: o.sheets_out, next: o.sheets_out + 1, total: o.sheets_total };
  const some = o.sheets_out > 0;
  if (o.paper === "inside") return [words.t(some ? "paper.inside.some" : "paper.inside.first", n), words.t(some ? "paper.void.more" : "paper.inside.more", n)];
  if (o.paper === "void" && !some) return [words.t("paper.void.none"), words.t("paper.void.none.more")];
  if (ctx.screen.state === "paper_out") return [words.t(some ? "paper.waiting.some" : "paper.waiting", n), words.t(o.reason?.code === "cover_open" ? "cover.waiting.more" : "paper.waiting.more")];
  if (o.paper === "out") return [words.count("paper.out", o.sheets_out), words.t("paper.out.more")];
  return [words.t(`paper.${o.paper}`, n), words.t(`paper.${o.paper}.more`, n)];
}

function data({ t, clock }, o) {
  const more = o.data === "erased" && o.erased_at_ms === null ? "" : t(`data.${o.data}.more`, { time: o.erased_at_ms === null ? "" : clock(o.erased_at_ms) });
  return [t(`data.${o.data}`), more];
}

function number(ctx, o) {
  const { t } = ctx.words;
  if (o.case_no === "") return null;
  return h("section", { class: "k-case" },
    h("div", {}, h("h2", {}, t("case")), h("b", { class: "num" }, o.case_no)),
    h("p", {}, o.clerk_called ? t("case.register") : t("case.keep")));
}

/** What to do, in order, as far as it is certain. */
function todo(ctx, o) {
  const { screen, words } = ctx;
  const { t, yen } = words;
  const list = [];
  const voided = ["inside", "void"].includes(o.paper) && o.sheets_out > 0;
  const lying = screen.card === "lying";
  if (voided) list.push(t(lying ? "do.card-and-sheets" : "do.sheets", { n: o.sheets_out }));
  else if (lying) list.push(t("do.card"));
  if (o.money === "return_at_register") list.push(t("do.register", { yen: yen(o.money_yen) }));
  if (o.money === "returned") list.push(t("do.take-money", { yen: yen(o.money_yen) }));
  if (screen.state === "paper_out") list.push(t(o.reason?.code === "cover_open" ? "do.wait-cover" : "do.wait-paper"));
  else if (screen.state === "clerk" && o.money === "return_at_register") list.push(t("do.other-machine"));
  else if (screen.state === "clerk") list.push(o.case_no === "" ? t("do.wait-clerk") : t("do.tell-clerk"));
  else if (WAITING.has(screen.state)) list.push(t("do.wait"));
  if (screen.state === "result") list.push(...afterwards(words, o));
  if (list.length === 0) return null;
  return h("section", { class: "k-todo" }, h("h2", { class: "k-h2" }, t("do.title")), h("ol", {}, list.map((text) => h("li", {}, h("span", {}, text)))),
    screen.state === "paper_out" ? limitLine(ctx, "paper_out.limit") : null);
}

function afterwards(words, o) {
  const { t } = words;
  if (o.reason === null) return [words.count("do.take-sheets", o.sheets_out), t("do.look-around")];
  if (AT_THE_PRINTER.has(o.reason.code)) return [t("do.other-machine")];
  const { next } = words.reason(o.reason);
  return next === "" ? [t("do.nothing")] : [next.replace(/[。.]$/, "")];
}

function call(ctx) {
  const { screen, words } = ctx;
  if (!screen.may.includes("call_clerk")) return null;
  const { reason, money: place } = screen.outcome;
  const pressing = WAITING.has(screen.state) || (reason !== null && place !== "none" && !CALM.has(reason.code));
  return h("div", { class: "k-call" },
    h("button", { type: "button", class: `k-btn ${pressing ? "k-btn--primary" : "k-btn--outline"}`, key: "call", on: { click: () => ctx.act({ do: "call_clerk" }) } },
      icon("bell"), words.t(screen.outcome.clerk_called ? "call.again" : "call")));
}
