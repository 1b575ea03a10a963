"use strict";

const at = (id) => document.getElementById(id);

/** What a call under /api/v1/auth answers; an error has the problem's code and its sentence. */
async function call(method, path, body) {
  const answer = await fetch(`/api/v1/auth${path}`, {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  const value = text ? JSON.parse(text) : {};
  if (answer.ok) return value;
  throw Object.assign(new Error(value.detail ?? value.title), { status: answer.status, code: value.code });
}

function say(text) {
  at("status").textContent = text;
}

/** Shows who is logged in, and moves the focus where something has changed. */
async function show(hasChanged) {
  let me = null;
  try {
    me = await call("GET", "/me");
  } catch (error) {
    if (error.status !== 401) say(error.message);
  }
  at("logged-in").hidden = !me;
  at("logged-out").hidden = !!me;
  if (me) {
    at("user").textContent = me.userId;
    at("from-label").textContent = me.email ? "E-mail" : "Provider";
    at("from").textContent = me.email ?? me.issuer ?? "";
  }
  if (hasChanged) at(me ? "who" : "log-in").focus();
  return me;
}

/** Does what a button is for, once at a time, and says what went wrong. */
async function act(button, action) {
  button.disabled = true;
  say("");
  try {
    await action();
  } catch (error) {
    say(error.message);
  } finally {
    button.disabled = false;
  }
}

async function logInWithPassword() {
  const code = at("code").value.trim();
  const body = { email: at("email").value, password: at("password").value, ...(code && { code }) };
  try {
    await call("POST", "/login", body);
  } catch (error) {
    if (error.code === "second-factor-required") {
      at("code-line").hidden = false;
      at("code").focus();
    }
    throw error;
  }
  at("password-form").reset();
  at("code-line").hidden = true;
  await show(true);
}

async function logInWithPasskey() {
  const begun = await call("POST", "/login/passkey/options");
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(begun.publicKey);
  const credential = await navigator.credentials.get({ publicKey });
  await call("POST", "/login/passkey", { credential: credential.toJSON() });
  await show(true);
}

/** Who logged in at a provider is logged out there, too: else the next log-in would ask for nothing. */
async function logOut(path) {
  const { providerLogoutUrl } = await call("GET", "/me");
  await call("POST", path);
  if (providerLogoutUrl) location.assign(providerLogoutUrl);
  else await show(true);
}

at("password-form").addEventListener("submit", (event) => {
  event.preventDefault();
  act(event.submitter ?? at("password-form").querySelector("button"), logInWithPassword);
});
at("passkey").addEventListener("click", (event) => act(event.currentTarget, logInWithPasskey));
at("log-out").addEventListener("click", (event) => act(event.currentTarget, () => logOut("/logout")));
at("log-out-everywhere").addEventListener("click", (event) => act(event.currentTarget, () => logOut("/logout-all")));
at("passkey").hidden = !globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON;
show(false);
