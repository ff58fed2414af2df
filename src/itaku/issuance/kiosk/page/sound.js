// Sounds of the kiosk. Nothing is told by sound alone, and every digit sounds the same.

let context = null;

/** Browsers allow sound only after a touch: called from the first one. */
export function wakeSound() {
  if (context === null && "AudioContext" in window) context = new AudioContext();
  if (context !== null && context.state === "suspended") context.resume();
}

function tone(hertz, from, seconds, loudness) {
  if (context === null || context.state !== "running") return;
  const at = context.currentTime + from;
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(loudness, at + 0.01);
  gain.gain.exponentialRampToValueAtTime(0.001, at + seconds);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + seconds + 0.02);
}

/** One tick per key. */
export function tick() {
  tone(1200, 0, 0.05, 0.08);
}

/** Two tones: the card must be taken. */
export function takeCard() {
  tone(880, 0, 0.25, 0.2);
  tone(1175, 0.3, 0.35, 0.2);
}

/** Three falling tones: a failure. */
export function failed() {
  tone(784, 0, 0.25, 0.2);
  tone(622, 0.28, 0.25, 0.2);
  tone(494, 0.56, 0.45, 0.2);
}
