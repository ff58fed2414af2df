// The page as a whole: keeps the newest screen and what is chosen locally, and draws both.

import { act as send, listen } from "./agent.js";
import * as choose from "./choose.js";
import { clearClaims } from "./claims.js";
import { clearPin, confirm, pinKey } from "./confirm.js";
import { LAST_SECONDS, footer, header, limitLeft, note, secondsLeft, steps } from "./frame.js";
import { help } from "./help.js";
import { outcome } from "./outcome.js";
import { startPractice } from "./practice.js";
import { cancelling, paying, preparingCertificate, printing } from "./progress.js";
import { places, registered, registering, useConfirm, useEntry } from "./register.js";
import { failed, takeCard, tick, wakeSound } from "./sound.js";
import { idle, opening, preparing, reading, tries } from "./start.js";
import { LANGUAGE_TAG, loadWords, wordsOf } from "./words.js";

const VIEWS = {
  idle, reading, opening, tries, paying, cancelling, printing,
  signing: preparingCertificate, applying: preparingCertificate, checking: preparingCertificate, permitting: preparingCertificate,
  registering, registered,
  paper_out: outcome, asking: outcome, refunding: outcome, clerk: outcome, result: outcome,
};
const CHOOSING = { kind: choose.kind, members: choose.members, items: choose.items, copies: choose.copies, confirm,
                   places, "use-entry": useEntry, "use-confirm": useConfirm };
/** The view before each that is no step of a kind. */
const VIEW_BEFORE = { places: "kind", "use-entry": "kind", "use-confirm": "use-entry" };
/** Where choosing goes on when an application came back, by the refusal; for any other, the choice begins anew. */
const VIEW_AFTER = { pin_wrong: "confirm", members_none: "members" };
/** States in which a card on the reader must be taken away. */
const TAKE = new Set(["applying", "registering", "registered", "checking", "permitting", "paying", "printing", "tries", "result", "paper_out", "asking", "refunding", "clerk"]);
/** States that show the row above the footer. */
const NO_NOTE = new Set(["result", "registered", "paper_out", "asking", "refunding", "clerk"]);
const ANSWER_MS = 8_000;
const TOUCHED_MS = 5_000;
/** A click follows the lifting of a finger within this time. */
const CLICK_AFTER_MS = 50;
const LONGEST_PRESS_MS = 3_000;
const IDLE_LANGUAGE_MS = 60_000;

let screen = null;
let local = fresh("ja");
let heardAt = 0;
let drawn = "";
let forced = false;
let shownView = "";
let pressing = false;
let press = 0;
let waitingToDraw = false;
let touchedAt = -TOUCHED_MS;
let answerTimer = null;
let languageTimer = null;

/** What the page remembers by itself within one session. The PIN is not here. */
function fresh(language) {
  return { language, view: "kind", draft: choose.nothingChosen(), help: false, answer: "", heldWhenSilent: false };
}

const now = () => (screen === null ? 0 : screen.now_ms + (performance.now() - heardAt));

function context() {
  return { screen, local, words: wordsOf(local.language), now, set, act, answer, back, draw: () => draw(true) };
}

/** Changes what is chosen locally; a step to another view forgets a half-entered PIN and the last answer. */
function set(patch) {
  if (patch.view !== undefined || patch.help !== undefined) {
    clearPin();
    patch = { answer: "", ...patch };
  }
  local = { ...local, ...patch };
  draw();
}

function back() {
  if (local.help) return set({ help: false });
  if (local.view in VIEW_BEFORE) return set({ view: VIEW_BEFORE[local.view] });
  const order = choose.viewsOf(local.draft.kind);
  return set({ view: order[Math.max(0, order.indexOf(local.view) - 1)] });
}

/** Answers a touch on something that cannot be used now. */
function answer(text) {
  clearTimeout(answerTimer);
  local = { ...local, answer: text };
  answerTimer = setTimeout(() => set({ answer: "" }), ANSWER_MS);
  draw();
}

async function act(action) {
  const body = action.do === "start" ? action : { ...action, session: screen.session };
  const code = await send(body);
  if (code === "" || screen === null) return;
  const { t, has } = wordsOf(local.language);
  answer(t(has(`denied.${code}`) ? `denied.${code}` : "denied"));
}

function onScreen(next) {
  const before = screen;
  const returned = before === null;
  screen = next;
  heardAt = performance.now();
  if (before === null || before.session !== next.session || (next.state === "idle" && before.state !== "idle")) {
    clearPin();
    clearClaims();
    local = fresh(next.state === "idle" && !returned ? "ja" : local.language);
  }
  if (next.state !== "choosing") clearPin();
  if (!["choosing", "signing"].includes(next.state)) clearClaims();
  // A registry municipality's menu is another one: what was chosen before does not stand on it.
  if (before !== null && next.registry !== before.registry) local = { ...local, view: "kind", draft: choose.nothingChosen() };
  if (next.state === "choosing" && before?.state !== "choosing" && next.chosen !== null) {
    local = { ...local, draft: choose.choiceOf(next.chosen), view: VIEW_AFTER[next.refusal?.code] ?? "kind" };
  }
  if (before?.state !== next.state) local = { ...local, help: false, answer: "" };
  sounds(before, next);
  draw();
}

function sounds(before, next) {
  const ended = (s) => s?.state === "result" && s.outcome.reason !== null;
  const take = (s) => s !== null && TAKE.has(s.state) && s.card === "lying";
  if (ended(next) && !ended(before)) failed();
  else if (take(next) && !take(before)) takeCard();
}

function onSilent() {
  if (screen !== null) local = { ...fresh(local.language), heldWhenSilent: screen.money_held };
  clearPin();
  clearClaims();
  screen = null;
  draw();
}

function viewName() {
  if (screen === null) return "preparing";
  if (local.help) return "help";
  return screen.state === "choosing" ? `choosing-${local.view}` : screen.state;
}

function view(ctx) {
  if (screen === null) return preparing(ctx);
  if (local.help) return help(ctx);
  return (screen.state === "choosing" ? CHOOSING[local.view] : VIEWS[screen.state])(ctx);
}

/** Draws everything anew if it differs, unless a finger is down: a key must not vanish under it. `always` for the PIN's dots. */
function draw(always = false) {
  forced = forced || always;
  if (!forced && fingerprint() === drawn) return;
  if (pressing) {
    waitingToDraw = true;
    return;
  }
  const ctx = context();
  const name = viewName();
  const focus = document.activeElement?.closest?.("[data-key]")?.dataset.key ?? "";
  const kiosk = document.getElementById("kiosk");
  const language = LANGUAGE_TAG[local.language];
  kiosk.lang = language;
  kiosk.dataset.view = name;
  kiosk.dataset.language = local.language;
  document.documentElement.lang = language;
  document.title = ctx.words.t("title");
  document.getElementById("head").replaceChildren(...header(ctx));
  document.getElementById("steps").replaceChildren(steps(ctx));
  document.getElementById("steps").setAttribute("aria-label", ctx.words.t("steps"));
  const parts = view(ctx).filter(Boolean);
  const body = Object.assign(document.createElement("div"), { className: "k-body" });
  body.append(...parts);
  const row = screen !== null && NO_NOTE.has(screen.state) && !local.help && local.answer === "" ? [] : [note(ctx)];
  document.getElementById("main").replaceChildren(body, ...row);
  document.getElementById("foot").replaceChildren(...footer(ctx));
  keepFocus(kiosk, focus, name);
  drawn = fingerprint();
  forced = false;
}

/** Keeps the focus where it was, or leads it to the heading of a new view. It never leaves the practice stand. */
function keepFocus(kiosk, focus, name) {
  if (document.activeElement?.closest("#stand, #strip, dialog")) {
    shownView = name;
    return;
  }
  const changed = name !== shownView;
  shownView = name;
  const same = focus === "" ? null : kiosk.querySelector(`[data-key="${CSS.escape(focus)}"]`);
  const target = changed || (same === null && focus !== "") ? kiosk.querySelector("h1") : same;
  target?.focus({ preventScroll: true });
}

/** What a drawing depends on besides the running seconds. */
function fingerprint() {
  const left = screen === null ? null : secondsLeft(context());
  return JSON.stringify([screen === null ? null : { ...screen, now_ms: 0, deadline_ms: screen.deadline_ms === null ? null : 1 }, local, left !== null && left <= LAST_SECONDS]);
}

/** Between two drawings only the running texts change. */
function everyQuarterSecond() {
  if (screen === null) return;
  const ctx = context();
  if (fingerprint() !== drawn) return draw();
  for (const node of document.querySelectorAll("[data-live]")) {
    const text = node.dataset.live === "clock" ? ctx.words.clock(now()) : ctx.words.duration(limitLeft(ctx) ?? 0);
    if (node.textContent !== text) node.textContent = text;
  }
}

function touched() {
  wakeSound();
  if (screen === null || screen.state === "idle") return restartLanguageTimer();
  if (!screen.may.includes("touched") || performance.now() - touchedAt < TOUCHED_MS) return;
  touchedAt = performance.now();
  send({ do: "touched", session: screen.session });
}

/** A language chosen on the first screen and left behind is not the next person's. */
function restartLanguageTimer() {
  clearTimeout(languageTimer);
  languageTimer = setTimeout(() => { if (screen?.state === "idle" && local.language !== "ja") set({ language: "ja", help: false }); }, IDLE_LANGUAGE_MS);
}

/** The finger of that press is up: what waited is drawn, unless the next press has begun. */
function release(ofPress) {
  if (ofPress !== press) return;
  pressing = false;
  if (waitingToDraw) {
    waitingToDraw = false;
    draw();
  }
}

function hearResident() {
  const kiosk = document.getElementById("kiosk");
  const releaseIn = (milliseconds) => { const mine = press; setTimeout(() => release(mine), milliseconds); };
  kiosk.addEventListener("pointerdown", () => { pressing = true; press += 1; touched(); releaseIn(LONGEST_PRESS_MS); });
  addEventListener("pointerup", () => releaseIn(CLICK_AFTER_MS));
  addEventListener("pointercancel", () => releaseIn(0));
  kiosk.addEventListener("click", (event) => {
    pressing = false; // The press is complete: what it changes is drawn at once, so that the next press meets it.
    if (event.target.closest("button")) tick();
  }, true);
  kiosk.addEventListener("contextmenu", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => {
    if (document.activeElement?.closest("#stand, #strip, dialog") || event.ctrlKey || event.altKey || event.metaKey) return;
    touched();
    const onButton = document.activeElement?.tagName === "BUTTON";
    if (!["choosing-confirm", "choosing-use-confirm"].includes(viewName()) || (event.key === "Enter" && onButton)) return;
    if (pinKey(context(), event.key)) {
      tick();
      event.preventDefault();
    }
  });
}

/** Fits the kiosk, 1080 x 1920, into the window; in practice the stand takes what is left beside it. */
function fit() {
  const strip = document.getElementById("strip");
  const height = innerHeight - (strip.hidden ? 0 : strip.offsetHeight);
  const scale = Math.min(innerWidth / 1080, height / 1920);
  const box = document.getElementById("fit");
  box.style.width = `${1080 * scale}px`;
  box.style.height = `${1920 * scale}px`;
  document.getElementById("kiosk").style.transform = scale === 1 ? "none" : `scale(${scale})`;
  document.body.classList.toggle("is-wide", innerWidth - 1080 * scale >= 360);
}

async function start() {
  for (;;) {
    try {
      await loadWords();
      break;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
  }
  const practice = startPractice({ now, fit });
  hearResident();
  addEventListener("resize", fit);
  fit();
  draw();
  listen((next) => { onScreen(next); practice.follow(next); }, () => { onSilent(); });
  setInterval(everyQuarterSecond, 250);
}

start();
