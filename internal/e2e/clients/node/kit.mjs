// What the programs here share: the world they are told about on stdin, the
// scenarios they run side by side, one line of JSON for each, and a browser.
import { readFileSync } from "node:fs";

export const world = JSON.parse(readFileSync(0, "utf8"));

// scenario runs one and tells what came of it.
export async function scenario(name, run) {
  let line;
  try {
    line = { name, value: (await run()) ?? null };
  } catch (error) {
    line = { name, error: told(error) };
  }
  process.stdout.write(JSON.stringify(line) + "\n");
}

// told is what a library's error says, whichever library threw it.
function told(error) {
  const { name, message, errorCode, subError, claims, errorNo, statusCode, code, requestId, body } = error;
  return { name, message, errorCode, subError, claims, errorNo: errorNo && String(errorNo), statusCode, code: code && String(code), requestId, body };
}

const attribute = (tag, name) => tag.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1].replaceAll("&#43;", "+").replaceAll("&#34;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

// walk goes through the emulator's pages for a person, as somebody without
// scripts does, until a page leads away or offers no form. It returns the request
// that leads away, not sent yet, and the parameters of the answer.
export async function walk(address, person, code) {
  let next = { url: address, method: "GET" };
  const cookies = new Map();
  for (let pages = 0; pages < 12; pages++) {
    const response = await fetch(next.url, { ...next, redirect: "manual", headers: { cookie: [...cookies.values()].join("; ") } });
    for (const cookie of response.headers.getSetCookie()) cookies.set(cookie.split("=")[0], cookie.split(";")[0]);
    const text = await response.text();
    if (response.status >= 400) throw new Error(`${next.url} answers ${response.status}: ${text}`);
    const location = response.headers.get("location");
    if (location) next = { url: new URL(location, next.url).href, method: "GET" };
    else if (!text.includes("<form")) return { text };
    else next = press(next.url, text, person, code);
    if (!next.url.startsWith(world.entra + "/")) return { leave: next, answer: next.body ?? new URL(next.url).searchParams };
  }
  throw new Error("the pages go on and on");
}

function press(url, text, person, code) {
  const forms = [...text.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)];
  const [, head, body] = forms.find((form) => form[2].includes(`value="${person}"`)) ?? forms[0];
  const fields = new URLSearchParams();
  let pressed;
  for (const [, kind, tag] of body.matchAll(/<(input|button)([^>]*)>/g)) {
    if (kind === "button") {
      if (!pressed || attribute(tag, "value") === person) pressed = tag;
    } else if (attribute(tag, "type") === "hidden") fields.set(attribute(tag, "name"), attribute(tag, "value"));
    else if (attribute(tag, "name")?.includes("code")) fields.set(attribute(tag, "name"), code);
  }
  if (pressed && attribute(pressed, "name")) fields.set(attribute(pressed, "name"), attribute(pressed, "value"));
  return { url: new URL(attribute(head, "action"), url).href, method: "POST", body: fields };
}
