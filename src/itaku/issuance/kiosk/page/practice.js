// 練習台: what stands around a kiosk in practice. Cards, coins, the printer's tray, faults, the clerk, and the time.

import { h } from "./dom.js";
import { icon } from "./icons.js";

const COINS = [10, 50, 100, 500, 1000];
const POLL_MS = 2_000;
const two = (ja, en) => [h("span", {}, ja), en ? h("span", { class: "en", lang: "en" }, en) : null];

/** Starts the stand. `follow(screen)` shows it when the screen says practice; it stays unbuilt on a real kiosk. */
export function startPractice({ now, fit }) {
  let stand = null;
  return {
    follow(screen) {
      if (!screen.practice) return;
      if (stand === null) {
        stand = build(now, fit);
        fit();
      }
      stand.follow(screen);
    },
  };
}

async function get(path) {
  const answer = await fetch(`/practice/${path}`);
  if (!answer.ok) throw new Error(path);
  return answer.json();
}

function build(now, fit) {
  const said = h("p", { class: "stand__said", role: "status" });
  let state = null;
  let screen = null;
  let cards = [];
  let tray = "";

  async function post(path, body = {}) {
    try {
      const answer = await fetch(`/practice/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
      said.textContent = answer.ok ? "" : `いまはできません（${(await answer.json()).code}） Not possible now`;
    } catch {
      said.textContent = "機械から返事がありません。 No answer from the machine";
    }
    await refresh();
  }

  const key = (ja, en, path, body, extra = "") =>
    h("button", { type: "button", class: `btn btn--outline ${extra}`.trim(), on: { click: () => post(path, typeof body === "function" ? body() : body) } }, two(ja, en));

  const cardList = h("ul", { class: "cards" });
  const cardNow = h("div", { class: "card-now" });
  const search = h("input", { type: "search", id: "card-search", autocomplete: "off", placeholder: "名前・状況でさがす", on: { input: () => drawCards() } });
  const trayBox = h("div", { class: "tray" });
  const jam = h("input", { type: "number", id: "jam-sheet", min: "1", max: "10", value: "1" });
  const saw = h("input", { type: "number", id: "clerk-sheets", min: "0", max: "100", value: "0" });
  const switches = {};
  const clerkBox = h("p", { class: "hint" });
  const paperNow = h("p", { class: "hint" });
  const clock = h("b", { class: "num" });
  const dialog = h("dialog", { class: "enlarged" });

  function toggle(name, ja, en, path, field) {
    switches[name] = h("button", { type: "button", class: "switch", "aria-pressed": "false",
      on: { click: () => post(path, { [field]: switches[name].getAttribute("aria-pressed") !== "true" }) } },
      h("i", { "aria-hidden": "true" }), h("span", {}, two(ja, en)));
    return switches[name];
  }

  function drawCards() {
    const wanted = search.value.trim().toLowerCase();
    const lying = state?.card ?? "";
    const shown = cards.filter((card) => `${card.name} ${card.situation.ja} ${card.situation.en}`.toLowerCase().includes(wanted));
    cardList.replaceChildren(...shown.slice(0, 60).map((card) =>
      h("li", {}, h("button", { type: "button", "aria-pressed": String(card.id === lying), on: { click: () => post("lay", { card: card.id }) } },
        h("span", { class: "cards__who" }, h("b", {}, card.name), h("span", { class: "pin" }, "暗証番号 ", h("b", { class: "num" }, card.pin))),
        h("small", {}, two(card.situation.ja, card.situation.en))))));
    if (shown.length === 0) cardList.append(h("li", { class: "hint" }, "当てはまるカードはありません。 No such card"));
    const card = cards.find((one) => one.id === lying);
    cardNow.replaceChildren(...(card === undefined
      ? [h("p", { class: "hint" }, two("読み取り台にカードはありません。下から選ぶと置きます。", "No card on the reader. Choose one to lay it down."))]
      : [h("p", {}, icon("card"), h("b", {}, card.name), " を置いています"),
         h("p", { class: "card-now__pin" }, two("練習用の暗証番号", "Practice PIN"), h("b", { class: "num" }, card.pin)),
         key("カードを取る", "Take the card away", "take", {})]));
  }

  function drawTray(parts) {
    const text = JSON.stringify(parts);
    if (text === tray) return;
    tray = text;
    trayBox.replaceChildren(...(parts.length === 0
      ? [h("p", { class: "hint" }, two("まだ何も印刷していません。", "Nothing printed yet."))]
      : parts.map((part) => h("figure", {}, h("div", { class: "tray__pages" }, part.pages.map((url, i) =>
          h("button", { type: "button", class: "page", "aria-label": `${part.part}通目 ${i + 1}面を大きく見る Enlarge`, on: { click: () => enlarge(url) } },
            h("img", { src: url, alt: "", loading: "lazy" })))),
          h("figcaption", {}, `${part.part}通目 Copy ${part.part}`, part.void ? h("b", { class: "void" }, "返金済・無効 Void") : null,
            h("a", { href: part.pdf, target: "_blank", rel: "noopener" }, "PDF"))))));
  }

  function enlarge(url) {
    dialog.replaceChildren(h("img", { src: url, alt: "印刷した用紙 Printed sheet" }),
      h("button", { type: "button", class: "btn btn--outline", on: { click: () => dialog.close() } }, two("閉じる", "Close")));
    dialog.showModal();
  }

  function drawState() {
    for (const [name, node] of Object.entries(switches)) node.setAttribute("aria-pressed", String(state[name]));
    paperNow.textContent = `用紙 ${state.paper_sheets}枚 sheets` + (state.jam_sheet > 0 ? ` ・ ${state.jam_sheet}枚目でつまります Jams at sheet ${state.jam_sheet}` : "");
    clerkBox.replaceChildren(...(state.awaiting_clerk
      ? [icon("bell"), h("b", {}, `店員の返事を待っています（${state.sheets_asked}枚） The clerk is asked`)]
      : two("店員への問い合わせはありません。", "Nothing is asked of the clerk.")));
    clerkBox.classList.toggle("is-asked", state.awaiting_clerk);
  }

  async function refresh() {
    try {
      const [newState, parts] = await Promise.all([get("state"), get("tray")]);
      const moved = state === null || state.card !== newState.card;
      state = newState;
      drawState();
      drawTray(parts);
      if (moved) drawCards();
    } catch {
      said.textContent = "機械から返事がありません。 No answer from the machine";
    }
  }

  const panel = (name, ja, en, ...content) => h("section", { class: `panel panel--${name}` }, h("h2", {}, two(ja, en)), ...content);
  const root = document.getElementById("stand");
  root.append(
    h("div", { class: "stand__head" }, h("h2", { class: "stand__title" }, two("練習台", "Practice stand")), said),
    h("div", { class: "stand__grid" },
      panel("card", "カード", "Card", cardNow, h("label", { for: "card-search", class: "visually-hidden" }, "カードをさがす Search cards"), search, cardList),
      panel("money", "お金", "Money", h("div", { class: "coins" }, COINS.map((yen) => key(`${yen}円`, "", "coin", { yen }, yen === 1000 ? "note" : "coin"))),
        key("ちょうど入れる", "Exact amount", "exact", {}, "btn--full")),
      panel("clerk", "店員", "Clerk", clerkBox, h("div", { class: "row" }, h("label", { for: "clerk-sheets" }, two("出た枚数", "Sheets out")), saw,
        key("枚 出ていた", "Saw this many", "clerk", () => ({ sheets: Number(saw.value) }))), key("返金した", "Paid back", "clerk", { refunded: true }, "btn--full")),
      panel("tray", "プリンターの受け皿", "Printer tray", trayBox, key("用紙を取る", "Take the paper", "empty-tray", {})),
      panel("faults", "不具合を起こす", "Faults", paperNow,
        h("div", { class: "row" }, h("label", { for: "jam-sheet" }, two("何枚目", "Sheet")), jam, key("つまらせる", "Jam", "jam", () => ({ sheet: Number(jam.value) })), key("つまりを直す", "Clear", "jam", { sheet: 0 })),
        h("div", { class: "row" }, key("用紙を抜く", "Paper out", "paper", {}), key("用紙を入れる", "Refill", "refill", {})),
        h("div", { class: "switches" }, toggle("cover_open", "カバーを開ける", "Cover open", "cover", "open"), toggle("network_gone", "通信を切る", "Network gone", "network", "gone"),
          toggle("refund_fault", "返金できない", "Refund fault", "refund-fault", "on"), toggle("counter_unreadable", "枚数が読めない", "Counter unreadable", "counter", "unreadable"))),
      panel("time", "時刻", "Time", h("p", {}, clock), h("div", { class: "row" }, key("23:30にする", "Move to 23:30", "clock", { to: "23:30" }), key("いまに戻す", "Back to now", "clock", { to: "" })))),
    dialog);

  const strip = document.getElementById("strip");
  const stripTime = h("span", { class: "num" });
  const opener = h("button", { type: "button", class: "strip__open", on: { click: () => root.classList.toggle("is-open") } }, two("練習台", "Practice stand"));
  strip.append(h("b", {}, "練習用。本物の証明書は出ません。"), h("span", { class: "en", lang: "en" }, "Practice only. No real certificate is issued."), stripTime, opener);
  strip.hidden = false;
  root.hidden = false;

  function everySecond() {
    const time = new Date(now() + 9 * 3600 * 1000).toISOString().slice(11, 19);
    if (screen === null) return;
    clock.textContent = time;
    stripTime.textContent = state?.clock_moved ? `時間を進めています ${time}` : time;
  }

  get("cards").then((list) => { cards = list; drawCards(); }).catch(() => {});
  refresh();
  setInterval(everySecond, 500);
  setInterval(refresh, POLL_MS);
  return {
    follow(next) {
      const changed = screen === null || screen.state !== next.state || screen.card !== next.card || screen.sheets_done !== next.sheets_done;
      screen = next;
      if (changed) refresh();
    },
  };
}
