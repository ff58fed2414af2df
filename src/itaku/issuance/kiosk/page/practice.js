// 練習台: what stands around a kiosk in practice. Cards, coins, the printer's tray, faults, the clerk, and the time.

import { h } from "./dom.js";
import { nextThing, whyNot } from "./guide.js";
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

/** The newest job first, its copies in order. */
function newestFirst(parts) {
  const jobs = [...new Set(parts.map((part) => part.job))].reverse();
  return jobs.flatMap((job) => parts.filter((part) => part.job === job));
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
      said.textContent = answer.ok ? "" : whyNot(path, (await answer.json()).code);
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
  const clerkBox = h("div", { class: "clerk" });
  const guide = h("div", { class: "guide", role: "status" });
  const owed = h("span", { class: "owed" });
  let clerkDrawn = "";
  const paperNow = h("p", { class: "hint" });
  const clock = h("b", { class: "num" });
  const dialog = h("dialog", { class: "enlarged" });

  function toggle(name, ja, en, path, field) {
    switches[name] = h("button", { type: "button", class: "switch", "aria-pressed": "false",
      on: { click: () => post(path, { [field]: switches[name].getAttribute("aria-pressed") !== "true" }) } },
      h("i", { "aria-hidden": "true" }), h("span", {}, two(ja, en)));
    return switches[name];
  }

  const lyingCard = () => cards.find((one) => one.id === (state?.card ?? ""));

  function drawCards() {
    const wanted = search.value.trim().toLowerCase();
    const card = lyingCard();
    const shown = cards.filter((one) => `${one.id} ${one.name} ${one.situation.ja} ${one.situation.en}`.toLowerCase().includes(wanted));
    cardList.replaceChildren(...shown.slice(0, 60).map((one) =>
      h("li", {}, h("button", { type: "button", "data-card": one.id, "aria-pressed": String(one === card), on: { click: () => post("lay", { card: one.id }) } },
        h("b", {}, one.name || one.situation.ja),
        h("small", {}, one.name ? two(one.situation.ja, one.situation.en) : h("span", { lang: "en" }, one.situation.en)),
        one === cards[0] ? h("span", { class: "first" }, "まずこれ First") : null))));
    if (shown.length === 0) cardList.append(h("li", { class: "hint" }, "当てはまるカードはありません。 No such card"));
    cardNow.classList.toggle("is-lying", card !== undefined);
    cardNow.replaceChildren(...(card === undefined
      ? [h("p", { class: "hint" }, two("読み取り台にカードはありません。", "No card on the reader."))]
      : [h("p", {}, icon("card"), h("b", {}, card.name || card.situation.ja)),
         h("p", { class: "card-now__pin" }, two("暗証番号", "PIN"), h("b", { class: "num" }, card.pin), key("カードを取る", "Take", "take", {}))]));
  }

  function drawTray(parts) {
    const text = JSON.stringify(parts);
    if (text === tray) return;
    tray = text;
    trayBox.replaceChildren(...(parts.length === 0
      ? [h("p", { class: "hint" }, two("まだ何も印刷していません。", "Nothing printed yet."))]
      : newestFirst(parts).map((part) => h("figure", {}, h("div", { class: "tray__pages" }, part.pages.map((url, i) =>
          h("button", { type: "button", class: "page", "aria-label": `${part.part}通目 ${i + 1}面を大きく見る Enlarge`, on: { click: () => enlarge(url, part.backs[i]) } },
            h("img", { src: url, alt: "", loading: "lazy" })))),
          h("figcaption", {}, `${part.part}通目 Copy ${part.part}`, part.void ? h("b", { class: "void" }, "返金済・無効 Void") : null,
            part.pdf ? h("a", { href: part.pdf, target: "_blank", rel: "noopener", download: `certificate-${part.job.slice(0, 8)}.pdf` }, "PDF") : null)))));
  }

  function enlarge(url, back) {
    dialog.replaceChildren(h("img", { src: url, alt: "印刷した用紙 Printed sheet" }),
      back ? h("img", { src: back, alt: "用紙の裏面 Back of the sheet" }) : null,
      h("button", { type: "button", class: "btn btn--outline", on: { click: () => dialog.close() } }, two("閉じる", "Close")));
    dialog.showModal();
  }

  function drawState() {
    for (const [name, node] of Object.entries(switches)) node.setAttribute("aria-pressed", String(state[name]));
    const jammed = state.jammed ? "紙がつまっています Jammed" : state.jam_sheet > 0 ? `${state.jam_sheet}枚目でつまります Will jam at sheet ${state.jam_sheet}` : "";
    paperNow.replaceChildren(`用紙 ${state.paper_sheets}枚 sheets`, jammed === "" ? "" : h("b", {}, ` ・ ${jammed}`));
    drawClerk();
  }

  /** The clerk is asked to count, or, once a refund is due, only to pay back. */
  function drawClerk() {
    const asked = state.awaiting_clerk;
    const due = screen?.outcome?.money === "return_at_register";
    const text = JSON.stringify([asked, due, state.sheets_asked, state.clerk_page]);
    if (text === clerkDrawn) return;
    clerkDrawn = text;
    const link = state.clerk_page === "" ? null : h("a", { href: state.clerk_page, target: "_blank", rel: "noopener" }, "店員の画面を開く Open the clerk's page");
    if (!asked) {
      clerkBox.replaceChildren(h("p", { class: "hint" }, two("いまは店員への問い合わせはありません。", "Nothing is asked of the clerk now."), " ", link ?? ""));
      return;
    }
    saw.max = state.sheets_asked;
    saw.value = state.sheets_asked;
    clerkBox.replaceChildren(h("p", { class: "hint is-asked" }, icon("bell"),
      h("b", {}, due ? "お金を返してください。 Please pay back." : `何枚出ましたか（全部で${state.sheets_asked}枚）。 How many of ${state.sheets_asked} sheets came out?`)),
      ...(due ? [] : [h("div", { class: "row" }, h("label", { for: "clerk-sheets" }, two("出た枚数", "Sheets out")), saw,
        key("枚 出ていた", "Saw this many", "clerk", () => ({ sheets: Number(saw.value) })))]),
      key("返金した", "Paid back", "clerk", { refunded: true }, "btn--full"), link ?? "");
  }

  /** Leads a newcomer on, and marks the part of the stand where it happens. */
  function drawGuide() {
    if (screen === null) return;
    const [where, ja, en] = nextThing(screen, state, lyingCard()?.pin ?? cards[0]?.pin ?? "");
    if (guide.dataset.says !== ja) {
      guide.dataset.says = ja;
      guide.replaceChildren(icon(where === "" ? "back" : "info"), h("p", {}, h("b", {}, ja), h("span", { class: "en", lang: "en" }, en)));
    }
    for (const node of root.querySelectorAll(".panel")) node.classList.toggle("is-next", node.classList.contains(`panel--${where}`));
    const left = screen.state === "paying" ? Math.max(0, screen.due_yen - screen.paid_yen) : 0;
    owed.replaceChildren(...(left > 0 ? [h("b", {}, `あと${left.toLocaleString("en-US")}円`), h("span", { class: "en", lang: "en" }, `${left} yen to pay`)] : []));
  }

  async function refresh() {
    try {
      const [newState, parts] = await Promise.all([get("state"), get("tray")]);
      const moved = state === null || state.card !== newState.card;
      state = newState;
      drawState();
      drawTray(parts);
      if (moved) drawCards();
      drawGuide();
    } catch {
      said.textContent = "機械から返事がありません。 No answer from the machine";
    }
  }

  const panel = (name, ja, en, ...content) => h("section", { class: `panel panel--${name}` }, h("h2", {}, two(ja, en)), ...content);
  const money = panel("money", "お金", "Money", h("div", { class: "coins" }, COINS.map((yen) => key(`${yen}円`, "", "coin", { yen }, yen === 1000 ? "note" : "coin"))),
    key("ちょうど入れる", "Exact amount", "exact", {}, "btn--full"));
  money.firstChild.append(owed);
  const root = document.getElementById("stand");
  root.append(
    h("div", { class: "stand__head" }, h("h2", { class: "stand__title" }, two("練習台", "Practice stand")),
      h("p", { class: "hint" }, "キオスクのまわりの物です。人もカードも架空です。 ", h("span", { lang: "en" }, "What stands around the kiosk. All people are invented."))),
    guide, said,
    h("div", { class: "stand__grid" },
      h("div", { class: "stand__column" },
        panel("card", "カード", "Cards", cardNow, h("label", { for: "card-search", class: "visually-hidden" }, "カードをさがす Search cards"), search, cardList), money,
        panel("time", "時刻", "Time", h("div", { class: "row row--tight" }, clock, key("23:30にする", "Closed hours", "clock", { to: "23:30" }), key("元に戻す", "Back", "clock", { to: "" })))),
      h("div", { class: "stand__column" },
        panel("tray", "プリンターの受け皿", "Printer tray", trayBox, key("用紙を取る", "Take the paper", "empty-tray", {}, "btn--small")),
        panel("clerk", "店員", "Clerk", clerkBox),
        panel("faults", "不具合を起こす", "Faults", paperNow,
          h("div", { class: "row row--tight" }, h("label", { for: "jam-sheet" }, two("何枚目", "Sheet")), jam, key("つまらせる", "Jam", "jam", () => ({ sheet: Number(jam.value) })), key("つまりを直す", "Clear", "jam", { sheet: 0 })),
          h("div", { class: "row row--tight" }, key("用紙を抜く", "Paper out", "paper", {}), key("用紙を入れる", "Refill", "refill", {})),
          h("div", { class: "switches" }, toggle("cover_open", "カバーを開ける", "Cover open", "cover", "open"), toggle("network_gone", "通信を切る", "Network gone", "network", "gone"),
            toggle("refund_fault", "返金できない", "Refund fault", "refund-fault", "on"), toggle("counter_unreadable", "枚数が読めない", "Counter unreadable", "counter", "unreadable"))))),
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

  get("cards").then((list) => { cards = list; drawCards(); drawGuide(); }).catch(() => {});
  refresh();
  setInterval(everySecond, 500);
  setInterval(refresh, POLL_MS);
  return {
    follow(next) {
      const changed = screen === null || screen.state !== next.state || screen.card !== next.card || screen.sheets_done !== next.sheets_done;
      screen = next;
      drawGuide();
      if (changed) refresh();
    },
  };
}
