// 案内 of the practice stand: what a newcomer can do next, and which part of the stand it is done at.

/** `[part of the stand, Japanese, English]` for what the kiosk shows now. `pin` is that of the card on the reader. */
export function nextThing(screen, state, pin) {
  const say = STEPS[screen.state] ?? WORKING;
  return typeof say === "function" ? say(screen, state, pin) : say;
}

const faulty = (state) => state !== null
  && (state.jammed || state.jam_sheet > 0 || state.paper_sheets === 0 || state.cover_open || state.network_gone || state.refund_fault || state.counter_unreadable);
const WORKING = ["", "機械が確かめています。少しお待ちください。", "The machine is working. One moment."];

const STEPS = {
  idle: (_screen, state) => (faulty(state)
    ? ["faults", "不具合が残っています。直すか、このまま「証明書を取る」を押してみてください。", "A fault is still on. Put it right, or see what the kiosk does."]
    : ["", "左の画面で「証明書を取る」を押してください。", "Touch 証明書を取る on the kiosk at the left. It speaks English, too: top right of its screen."]),
  reading: ["card", "下の一覧からカードを1枚選ぶと、読み取り台に置きます。", "Choose a card below: it is laid on the kiosk's reader."],
  opening: ["", "センターがカードを確かめています。", "The center is checking the card."],
  choosing: (_screen, _state, pin) => ["", `左の画面で選んで、暗証番号 ${pin} を入力してください。`, `Choose on the kiosk, then enter the PIN ${pin}.`],
  signing: WORKING,
  applying: ["", "市が証明書を作っています。お金はまだ入れません。", "The city is making the certificate. No money yet."],
  checking: WORKING,
  permitting: WORKING,
  paying: ["money", "お金を入れてください。「ちょうど入れる」なら一度で済みます。", "Put money in. “Exact amount” does it at once."],
  cancelling: WORKING,
  printing: ["tray", "印刷しています。紙はプリンターの受け皿に出ます。", "Printing. The paper comes out into the tray."],
  paper_out: (_screen, state) => (state?.cover_open
    ? ["faults", "「カバーを開ける」をもう一度押して閉じると、続きを印刷します。", "Press “Cover open” again to close it: printing goes on."]
    : ["faults", "「用紙を入れる」を押すと、続きを印刷します。", "Press “Refill”: printing goes on."]),
  asking: WORKING,
  refunding: WORKING,
  clerk: ["clerk", "機械が店員に聞いています。店員になって、答えてください。", "The machine asks the clerk. Be the clerk, and answer."],
  tries: ["", "残り回数を見たら、左の画面で「終わる」を押してください。", "When you have seen it, touch 終わる (Finish) on the kiosk."],
  result: (screen) => (screen.outcome?.reason === null
    ? ["tray", "証明書が出ました。受け皿の紙を押すと、大きく見られます。", "Done. Press the paper in the tray to see it large."]
    : ["", "左の画面を読んで、「終わる」を押してください。はじめに戻ります。", "Read the kiosk, then touch 終わる (Finish) to start again."]),
};

/** Why the stand could not do something, in words. */
export function whyNot(path, code) {
  if (code === "internal") return "うまくいきませんでした。もう一度押してください。 That failed. Please press again.";
  const words = {
    coin: "いまはお金の入れ口が閉じています。左の画面の案内を待ってください。 The slot is closed until the kiosk asks for money.",
    clerk: "いまは店員への問い合わせがありません。 Nothing is asked of the clerk now.",
    lay: "そのカードは置けません。 This card cannot be laid down.",
  };
  return words[path === "exact" ? "coin" : path] ?? "いまはできません。 Not possible now.";
}
