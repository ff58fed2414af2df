// Passkeys: asks the desk for a challenge, lets the device answer, and sends the answer with the form.
const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const plain = (made) => {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[name]) response[name] = toText(made.response[name]);
  }
  return { id: made.id, rawId: toText(made.rawId), type: made.type, response, clientExtensionResults: made.getClientExtensionResults() };
};
const answer = async (form) => {
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const asked = await fetch(form.dataset.options, { method: "POST", headers: { "X-CSRFToken": token } });
  if (!asked.ok) throw new Error(String(asked.status));
  const options = await asked.json();
  options.challenge = toBytes(options.challenge);
  for (const each of [...(options.excludeCredentials ?? []), ...(options.allowCredentials ?? [])]) each.id = toBytes(each.id);
  if (form.dataset.passkey === "make") {
    options.user.id = toBytes(options.user.id);
    return navigator.credentials.create({ publicKey: options });
  }
  return navigator.credentials.get({ publicKey: options });
};
document.querySelectorAll("form[data-passkey]").forEach((form) => {
  if (!window.PublicKeyCredential) return;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    const field = form.querySelector("[name=credential]");
    if (field.value) return;
    event.preventDefault();
    const trouble = form.querySelector("[data-trouble]");
    trouble.hidden = true;
    try {
      field.value = JSON.stringify(plain(await answer(form)));
      form.submit();
    } catch {
      trouble.hidden = false;
    }
  });
});
