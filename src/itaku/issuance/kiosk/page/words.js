// The words of the five languages, and how amounts, times and refusals are said in each.

export const LANGUAGES = ["ja", "ja-easy", "en", "zh", "ko"];
export const LANGUAGE_NAME = { ja: ["日本語"], "ja-easy": ["やさしい", "日本語"], en: ["English"], zh: ["中文"], ko: ["한국어"] };
/** Value of the `lang` attribute for each. */
export const LANGUAGE_TAG = { ja: "ja", "ja-easy": "ja", en: "en", zh: "zh-Hans", ko: "ko" };

const catalogue = {};
const refusals = {};

/** Loads every catalogue once, before the first drawing. */
export async function loadWords() {
  const get = async (name) => (await fetch(`/page/words/${name}.json`)).json();
  await Promise.all([
    ...LANGUAGES.map(async (language) => { catalogue[language] = await get(language); }),
    ...["ja-easy", "zh", "ko"].map(async (language) => { refusals[language] = await get(`refusals.${language}`); }),
  ]);
}

/** The words of one language: `t(key, parameters)`. A missing key is a programming error and shows itself as the key. */
export function wordsOf(language) {
  const words = catalogue[language];
  const t = (key, parameters = {}) =>
    (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(parameters[name] ?? ""));
  const yen = (amount) => `${words["yen.before"]}${amount.toLocaleString("en-US")}${words["yen.after"]}`;
  /** A day and time as it is said of the near future: 11月24日 9時. */
  const day = (instant) => {
    const moment = new Date(instant + 9 * 3600 * 1000);
    const [hour, minute] = jst(instant);
    const clock = t("clock", { hour, minute, padded: String(minute).padStart(2, "0") });
    return t("opens.day", { month: moment.getUTCMonth() + 1, day: moment.getUTCDate(), clock });
  };
  /** A day alone: 11月30日. */
  const dayOf = (instant) => {
    const moment = new Date(instant + 9 * 3600 * 1000);
    return t("day.only", { month: moment.getUTCMonth() + 1, day: moment.getUTCDate() });
  };
  return {
    language,
    dayOf,
    t,
    yen,
    has: (key) => key in words,
    count: (key, n, parameters = {}) => t(n === 1 ? `${key}.one` : `${key}.other`, { n, ...parameters }),
    name: (names) => (names === null ? "" : language === "en" || language === "ko" ? names.en : names.ja),
    list: (items) => items.join(words["list.comma"]),
    clock: (instant) => {
      const [hour, minute] = jst(instant);
      return t("clock", { hour, minute, padded: String(minute).padStart(2, "0") });
    },
    duration: (seconds) =>
      seconds < 120 ? t("seconds", { s: seconds }) : t(seconds % 60 === 0 ? "minutes.whole" : "minutes", { m: Math.floor(seconds / 60), s: seconds % 60 }),
    reason: (reason) => reasonIn(language, reason, t, day),
  };
}

/** Hour and minute in Japan, whatever zone the machine is set to. */
function jst(instant) {
  const moment = new Date(instant + 9 * 3600 * 1000);
  return [moment.getUTCHours(), moment.getUTCMinutes()];
}

/** What happened and what to do next. Japanese and English are the catalogue's own; an unknown code falls back to them. */
function reasonIn(language, reason, t, day) {
  const { what, next } = catalogued(language, reason, t);
  if (reason.again_ms == null) return { what, next };
  const again = t("opens.again", { when: day(reason.again_ms) });
  return { what, next: reason.hours ? `${next}${t("sentence.gap")}${again}` : again };
}

function catalogued(language, reason, t) {
  if (language === "en") return { what: reason.en, next: reason.next_en };
  const own = refusals[language]?.[reason.code];
  if (own === undefined) return { what: reason.ja, next: reason.next_ja };
  return { what: own[0], next: reason.hours ? t("hours.come", { hours: reason.hours }) : own[1] };
}
