// The parts that never move: header with languages, the five steps, the footer, and the row for idle limit and answers.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { LANGUAGES, LANGUAGE_NAME, LANGUAGE_TAG } from "./words.js";

/** Seconds before the idle limit from which つづける is offered. */
export const LAST_SECONDS = 20;

export function header(ctx) {
  const { screen, words } = ctx;
  const place = screen === null ? "" : words.name(screen.municipality ?? screen.shop);
  const title = words.t("title");
  return [
    h("div", { class: "k-place" }, h("b", {}, place || title), place ? h("span", {}, title) : null),
    languages(ctx, "k-lang"),
  ];
}

/** The language buttons, in the header and again (larger, lower) inside ヘルプ. */
export function languages(ctx, className) {
  return h(
    "div",
    { class: className, role: "group", "aria-label": ctx.words.t("language") },
    LANGUAGES.map((language) =>
      h(
        "button",
        {
          type: "button",
          lang: LANGUAGE_TAG[language],
          key: `${className}-${language}`,
          "aria-pressed": String(ctx.local.language === language),
          on: { click: () => ctx.set({ language }) },
        },
        LANGUAGE_NAME[language].map((line) => h("span", {}, line)),
      ),
    ),
  );
}

export function steps(ctx) {
  const { screen, words, local } = ctx;
  const tries = screen?.service === "tries";
  const names = tries ? ["card", "tries"] : ["card", "choose", "confirm", "pay", "receive"];
  let current = screen === null ? 0 : screen.step;
  if (screen?.state === "choosing" && ["confirm", "use-confirm"].includes(local.view)) current = 3;
  const ended = screen?.state === "result" && screen.outcome.reason === null;
  return h(
    "ol",
    { class: "stepper", "aria-label": words.t("steps") },
    names.map((name, index) => {
      const number = index + 1;
      const failed = screen?.failed === true && number === current;
      const done = number < current || (ended && number === current) || (tries && screen.state === "tries");
      const now = number === current && !failed && !done;
      const label = words.t(`step.${name}`);
      return h(
        "li",
        { class: failed ? "fail" : done ? "done" : "", "data-n": number, "aria-current": now ? "step" : null },
        label,
        failed ? h("span", {}, words.t("step.stopped")) : null,
        done ? h("span", { class: "visually-hidden" }, words.t("step.done")) : null,
      );
    }),
  );
}

/** What the left key does in this state: `[word, icon, action]`, or nothing before a session. */
function leave(screen) {
  if (screen === null || screen.state === "idle") return null;
  if (screen.may.includes("finish") || ["result", "tries"].includes(screen.state)) return ["finish", "done", "finish"];
  if (["paying", "cancelling"].includes(screen.state)) return ["cancel", "x", "cancel_payment"];
  return ["cancel", "x", "cancel"];
}

export function footer(ctx) {
  const { screen, words, local } = ctx;
  const left = leave(screen);
  return [
    left === null
      ? h("p", { class: "k-now num" }, screen === null ? "" : [h("span", {}, words.t("now")), clockNow(ctx)])
      : key(ctx, { word: words.t(left[0]), iconName: left[1], name: "leave", allowed: screen.may.includes(left[2]),
                   why: words.t("cannot.leave"), click: () => ctx.act({ do: left[2] }) }),
    screen === null
      ? h("span")
      : h("button", { type: "button", class: "k-btn k-btn--outline", key: "help", "aria-pressed": String(local.help),
                      on: { click: () => ctx.set({ help: !local.help }) } }, icon("help"), words.t("help")),
    right(ctx),
  ];
}

/** States whose limit stands in the footer, in the place of 戻る. */
const CLOSING = new Set(["reading", "tries", "result", "registered"]);

function right(ctx) {
  const { screen, words, local } = ctx;
  if (local.help || (screen?.state === "choosing" && local.view !== "kind")) {
    return key(ctx, { word: words.t("back"), iconName: "back", name: "back", allowed: true, click: ctx.back });
  }
  const limit = CLOSING.has(screen?.state) ? secondsLeft(ctx) : null;
  if (limit === null) return h("span");
  if (limit <= LAST_SECONDS && screen.may.includes("continue")) {
    return h("button", { type: "button", class: "k-btn k-btn--primary k-btn--two", key: "continue",
                         on: { click: () => ctx.act({ do: "continue" }) } },
             h("span", { class: "k-two" }, words.t("continue"), h("small", {}, countdown(ctx))));
  }
  const kind = ["result", "tries"].includes(screen.state) ? "closes" : "waits";
  return h("p", { class: "k-closes" }, h("span", {}, words.t(`${kind}.before`)), h("b", { class: "num" }, countdown(ctx)), words.t(`${kind}.after`));
}

/** A footer key. When its action is not accepted it stays in place, dashed, and a touch says why. */
function key(ctx, { word, iconName, name, allowed, why, click }) {
  return h(
    "button",
    { type: "button", class: `k-btn ${allowed ? "" : "k-btn--off"}`, key: name, "aria-disabled": allowed ? null : "true",
      on: { click: allowed ? click : () => ctx.answer(why) } },
    icon(iconName), word,
  );
}

/** Seconds until the agent leaves this state by itself, or nothing if no limit runs. */
export function limitLeft({ screen, now }) {
  if (screen === null || screen.deadline_ms === null) return null;
  return Math.max(0, Math.ceil((screen.deadline_ms - now()) / 1000));
}

/** Seconds of the idle limit: none ever runs while money is held. */
export function secondsLeft(ctx) {
  return ctx.screen?.money_held ? null : limitLeft(ctx);
}

/** A text that counts down by itself between two drawings. */
export function countdown(ctx) {
  return h("span", { class: "num", "data-live": "countdown" }, ctx.words.duration(limitLeft(ctx) ?? 0));
}

function clockNow(ctx) {
  return h("b", { "data-live": "clock" }, ctx.words.clock(ctx.now()));
}

/** The row above the footer: an answer to a touch, else the idle limit with つづける in its last seconds. */
export function note(ctx) {
  const { screen, words, local } = ctx;
  const row = (className, ...parts) => h("div", { class: `k-note ${className}` }, ...parts);
  if (local.answer !== "") {
    return row("k-note--answer", icon("info"), h("p", { role: "status" }, local.answer));
  }
  const limit = screen?.state === "choosing" || local.help ? secondsLeft(ctx) : null;
  if (limit === null) return row("");
  if (limit <= LAST_SECONDS && screen.may.includes("continue")) {
    return row("k-note--last", icon("clock"),
      h("p", {}, words.t("last.before"), h("b", {}, countdown(ctx)), words.t("last.after")),
      h("button", { type: "button", class: "k-btn k-btn--primary k-note__key", key: "continue",
                    on: { click: () => ctx.act({ do: "continue" }) } }, words.t("continue")));
  }
  return row("", icon("clock"), h("p", {}, words.t("idle.before"), h("b", {}, countdown(ctx)), words.t("idle.after")));
}

/** The pill with the tries left: 3 blue, 2 orange, 1 red, saying where to unlock; `wrong` after a wrong PIN. */
export function triesPill(ctx, wrong = false) {
  const n = ctx.screen.tries_left;
  const [look, mark] = n >= 3 ? ["try", "lock"] : n === 2 ? ["warn", "warn"] : ["bad", "stop"];
  return h("p", { class: `k-pill k-pill--${look}`, role: wrong ? "alert" : null },
    icon(mark), ctx.words.count(wrong ? "tries.wrong" : "tries.left", n));
}

/** The heading of a view; it takes the focus when the view changes, so that speech starts there. */
export function heading(text, props = {}) {
  return h("h1", { tabindex: "-1", key: "h1", ...props }, text);
}
