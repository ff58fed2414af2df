// What was entered for an application for use. It lives in this module only, until the session ends: no screen sends it back.

const NOTHING = { domicile: "", head_name: "" };
let entered = { ...NOTHING };

/** What was entered so far. */
export const claims = () => entered;

/** Takes one field as it is typed, without drawing anew: a drawing would break the typing. */
export function enter(field, text) {
  entered = { ...entered, [field]: text };
}

/** Forgets what was entered. */
export function clearClaims() {
  entered = { ...NOTHING };
}
