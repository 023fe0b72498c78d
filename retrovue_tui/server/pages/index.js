// The page of all channels: pictures, now and next, today's guide, and addresses.

import { address, aired, element, fetched, named, repeat, say, showClock, timeOf } from "./common.js";

const LIST_S = 10;
const GUIDE_S = 60;
const GUIDE_WIDTH = 336; // rem
const NARROW = 4; // rem; a narrower programme shows its title only as a hint

const root = new URL(".", location.href);
const by = (id) => document.getElementById(id);
const cards = new Map();
let shown = "";
let nextTry = 0;

// Not the addresses of the list: those may name another host (base_url), whose pictures the page may not load.
const logoOf = (channel) => address(root, `iptv/logo/${encodeURIComponent(channel.id)}.png`);

/** Returns the address of a channel's newest picture. A browser shows one address only once, so that it has the time. */
function pictureOf(channel) {
  const url = new URL(address(root, `iptv/picture/${encodeURIComponent(channel.id)}.jpg`));
  url.searchParams.set("at", Math.floor(Date.now() / (LIST_S * 1000)));
  return url.href;
}

function cardOf(channel) {
  if (cards.has(channel.id)) return cards.get(channel.id);
  const link = element("a", { className: "card", href: address(root, `watch/${encodeURIComponent(channel.id)}`) });
  const card = {
    item: element("li", {}, link),
    picture: element("img", { className: "picture", alt: "", width: 480, height: 270, loading: "lazy" }),
    number: element("span", { className: "number" }),
    name: element("span", { className: "name" }),
    state: element("span", { className: "state" }),
    title: element("span", { className: "title" }),
    bar: element("progress", { max: 1, value: 0 }),
    next: element("span", { className: "next" }),
  };
  card.picture.addEventListener("error", () => { // no picture now: show the logo, until the next picture is due
    if (card.picture.src !== logoOf(channel)) card.picture.src = logoOf(channel);
  });
  card.bar.setAttribute("aria-hidden", "true");
  link.append(
    card.picture,
    element("span", { className: "head" }, card.number, card.name, card.state),
    card.title, card.bar, card.next,
  );
  cards.set(channel.id, card);
  return card;
}

function showCard(channel) {
  const card = cardOf(channel);
  card.number.textContent = channel.number;
  card.name.textContent = channel.name;
  card.state.textContent = { on_air: "", slate: "stand by", starting: "starting", stopped: "off air" }[channel.state] ?? "";
  const now = channel.programme;
  card.title.textContent = now ? named(now) : "";
  card.bar.value = now ? aired(now) : 0;
  const next = channel.next_programme;
  card.next.textContent = next ? `${timeOf(next.start_at)} ${named(next)}` : "";
  const picture = channel.state === "stopped" ? logoOf(channel) : pictureOf(channel);
  if (card.picture.dataset.address !== picture) {
    card.picture.dataset.address = picture;
    card.picture.src = picture;
  }
  return card.item;
}

function row(name, value) {
  const field = element("input", { type: "text", readOnly: true, value, "aria-label": name });
  field.addEventListener("focus", () => field.select());
  const button = element("button", { type: "button", "aria-label": `Copy: ${name}` }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(value);
    } catch { // without HTTPS a page may not write to the clipboard
      field.select();
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  return [element("dt", {}, name), element("dd", {}, field, button)];
}

function showAddresses(list) {
  const rows = [["Playlist (M3U)", list.playlist], ["Guide (XMLTV)", list.guide]];
  for (const each of list.channels) {
    rows.push([`${each.number} ${each.name}, MPEG-TS`, each.stream]);
    if (each.hls) rows.push([`${each.number} ${each.name}, HLS`, each.hls]);
  }
  const text = JSON.stringify(rows);
  if (text === shown) return; // nobody's selection is lost
  shown = text;
  by("addresses").replaceChildren(...rows.flatMap(([name, value]) => row(name, value)));
}

async function showChannels() {
  try {
    const list = await fetched(address(root, "iptv/channels.json"));
    document.title = by("station").textContent = list.station;
    const items = list.channels.map(showCard);
    const place = by("channels");
    if (items.length !== place.children.length || items.some((item, at) => item !== place.children[at])) {
      place.replaceChildren(...items);
    }
    showAddresses(list);
    say(by("message"), list.channels.length ? "" : "This station has no channels yet.");
  } catch (error) {
    say(by("message"), error.message);
  }
}

// ── today's guide ──

/** Returns the width of an hour (rem): a day fits, or as many hours as can be read where programmes are short. */
function scaleOf(guides) {
  const lengths = guides.flatMap((each) => each.programmes.map((one) => one.stop_at - one.start_at)).sort((a, b) => a - b);
  const usual = lengths[Math.floor(lengths.length / 2)] ?? 3600;
  return Math.min(168, Math.max(14, (3600 / usual) * 7));
}

function programmeCell(programme, from, width) {
  const hours = (unix) => Math.min(GUIDE_WIDTH / width, Math.max(0, (unix - from) / 3600));
  const start = hours(programme.start_at);
  const length = hours(programme.stop_at) - start;
  const times = `${timeOf(programme.start_at)}–${timeOf(programme.stop_at)}`;
  const cell = element(
    "li", { className: `programme ${programme.kind}`, title: [times, named(programme), programme.sub_title, programme.description].filter(Boolean).join("\n") },
    element("span", { className: "title" }, named(programme)),
    element("span", { className: "times" }, times),
  );
  cell.style.left = `${start * width}rem`;
  cell.style.width = `${length * width}rem`;
  cell.classList.toggle("short", length * width < NARROW);
  if (aired(programme) > 0 && aired(programme) < 1) cell.classList.add("on-now");
  return cell;
}

function guideRow(guide, from, width) {
  const until = from + (GUIDE_WIDTH / width) * 3600;
  const programmes = guide.programmes.filter((each) => each.stop_at > from && each.start_at < until);
  const line = element("ol", { className: "line" }, ...programmes.map((each) => programmeCell(each, from, width)));
  line.style.width = `${GUIDE_WIDTH}rem`;
  return element("section", { className: "row", "aria-label": guide.name }, element("h3", {}, `${guide.number} ${guide.name}`), line);
}

function hourLine(from, width) {
  const line = element("div", { className: "line hours", "aria-hidden": "true" });
  line.style.width = `${GUIDE_WIDTH}rem`;
  const step = width > 60 ? 900 : 3600;
  for (let at = 0; at < (GUIDE_WIDTH / width) * 3600; at += step) {
    const mark = element("span", {}, timeOf(from + at));
    mark.style.left = `${(at / 3600) * width}rem`;
    line.append(mark);
  }
  return element("div", { className: "row" }, element("h3", {}, " "), line);
}

async function showGuide() {
  const from = Math.floor(Date.now() / 1_800_000) * 1800;
  let isKnown = false;
  try {
    const guides = (await fetched(address(root, "iptv/guide.json"))).channels;
    const width = scaleOf(guides);
    const now = element("span", { className: "now-line", "aria-hidden": "true" });
    now.style.left = `calc(var(--names) + ${((Date.now() / 1000 - from) / 3600) * width}rem)`;
    const place = by("guide");
    const left = place.querySelector(".now-line") ? place.scrollLeft : null;
    place.replaceChildren(hourLine(from, width), ...guides.map((each) => guideRow(each, from, width)), now);
    place.scrollLeft = left ?? now.offsetLeft - place.clientWidth / 2;
    isKnown = guides.some((each) => each.programmes.length > 0);
  } catch { // the line above the channels says what is wrong
  }
  clearTimeout(nextTry);
  if (!isKnown) nextTry = setTimeout(showGuide, LIST_S * 1000); // a station that has just started makes its guide
}

showClock(by("clock"));
repeat(LIST_S, showChannels);
repeat(GUIDE_S, showGuide);
