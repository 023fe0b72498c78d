// What both pages need: the station's root, the token of the page's address, requests, and elements.

export const token = new URLSearchParams(location.search).get("token");

/** Returns an address below the station's root, with the token of this page. */
export function address(root, path) {
  const url = new URL(path, root);
  if (token) url.searchParams.set("token", token);
  return url.href;
}

/** Returns the JSON at an address. Throws an Error with the station's own message. */
export async function fetched(url) {
  let answer;
  try {
    answer = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(10_000) });
  } catch {
    throw new Error("The station does not answer; trying again…");
  }
  const data = await answer.json().catch(() => null);
  if (!answer.ok) throw new Error(data?.error?.message ?? `The station answers with an error (${answer.status}).`);
  return data;
}

/** Makes an element. Text goes in as text, never as HTML. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

const HOUR_AND_MINUTE = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });

/** Returns the time of day of a Unix time (s). */
export const timeOf = (unix) => HOUR_AND_MINUTE.format(new Date(unix * 1000));

/** Returns how much of a programme has aired, from 0 to 1. */
export function aired(programme) {
  const length = programme.stop_at - programme.start_at;
  return length > 0 ? Math.min(1, Math.max(0, (Date.now() / 1000 - programme.start_at) / length)) : 0;
}

/** Returns a programme's title, with season and episode. */
export function named(programme) {
  const two = (number) => String(number).padStart(2, "0");
  const season = programme.season == null ? "" : `S${two(programme.season)}`;
  const number = season + (programme.episode == null ? "" : `E${two(programme.episode)}`);
  return [programme.title, number].filter(Boolean).join(" ");
}

/** Runs something now and then again and again, while the page is visible. `every`: seconds. */
export function repeat(every, action) {
  let due = 0;
  const turn = () => {
    if (document.hidden || Date.now() < due) return;
    due = Date.now() + every * 1000 - 50;
    action();
  };
  turn();
  setInterval(turn, Math.min(1000, every * 1000));
  document.addEventListener("visibilitychange", turn);
}

/** Shows the time of day. */
export function showClock(place) {
  repeat(1, () => { place.textContent = timeOf(Date.now() / 1000); });
}

/** Shows a line for the viewer; an empty one hides it. */
export function say(place, text) {
  if (place.textContent !== text) place.textContent = text;
  place.hidden = !text;
}
