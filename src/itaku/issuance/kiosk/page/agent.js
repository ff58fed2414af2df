// The line to the kiosk's agent: screens come in as events, the resident's actions go out.

/** Without a screen for so long, in milliseconds, the page no longer trusts what it shows (SILENT_MS of screens.py). */
export const SILENT_MS = 15_000;
const AGAIN_MS = 2_000;

/** Calls `onScreen(screen)` for each new screen and `onSilent()` when the agent cannot be heard. */
export function listen(onScreen, onSilent) {
  let source = null;
  let heard = performance.now();
  let again = null;

  function connect() {
    again = null;
    source = new EventSource("/events");
    source.onmessage = (event) => {
      heard = performance.now();
      onScreen(JSON.parse(event.data));
    };
    source.onerror = () => {
      source.close();
      onSilent();
      if (again === null) again = setTimeout(connect, AGAIN_MS);
    };
  }

  connect();
  setInterval(() => {
    if (performance.now() - heard < SILENT_MS) return;
    heard = performance.now();
    source.close();
    onSilent();
    if (again === null) again = setTimeout(connect, AGAIN_MS);
  }, 1_000);
}

/** Sends one action. Answers "" when it was taken, else the code of the refusal. */
export async function act(action) {
  try {
    const answer = await fetch("/act", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(action),
    });
    if (answer.ok) return "";
    return (await answer.json()).code ?? "internal";
  } catch {
    return "internal";
  }
}
