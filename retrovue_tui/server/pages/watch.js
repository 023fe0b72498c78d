// The player of one channel.

import { address, aired, element, fetched, named, repeat, say, showClock, timeOf } from "./common.js";

const LIST_S = 5;
const STEP_S = 10;
const LIVE_S = 12; // so far from the newest picture still counts as live
const LONGEST_WAIT_S = 10;
const NEAR_S = 4; // so much closer to the live edge than it should be, the player is slower still
const HLS_TYPE = "application/vnd.apple.mpegurl";

const root = new URL("..", location.href);
const id = decodeURIComponent(location.pathname.split("/").pop());
const by = (name) => document.getElementById(name);
const video = by("video");
let hls = null;
let list = null;
let channel = null;
let failures = 0;
let waiting = false;
let fault = "";
let news = "";

// ── the stream ──

const source = () => address(root, `iptv/channel/${encodeURIComponent(id)}.m3u8`);

/** Whether the browser plays HLS itself, and knows the time of day of its pictures: Safari. */
const native = () => "getStartDate" in video && video.canPlayType(HLS_TYPE) !== "";

function begin() {
  if (!native() && window.Hls?.isSupported()) {
    hls = new window.Hls({
      startFragPrefetch: true, backBufferLength: 120, liveSyncDurationCount: 2, maxBufferLength: 30,
      testBandwidth: false, abrEwmaDefaultEstimate: 3_000_000, // the first segment is shown, not thrown away as a test
    });
    hls.on(window.Hls.Events.ERROR, (_, error) => failed(error));
    hls.on(window.Hls.Events.MANIFEST_PARSED, showQualities);
    hls.on(window.Hls.Events.FRAG_BUFFERED, () => { failures = 0; fault = ""; });
    hls.loadSource(source());
    hls.attachMedia(video);
    video.addEventListener("timeupdate", pace); // after hls.js, which measures its distance then
  } else if (video.canPlayType(HLS_TYPE)) {
    video.src = source();
    video.addEventListener("error", () => again("The stream was interrupted"));
    video.addEventListener("playing", () => { failures = 0; fault = ""; });
  } else {
    fault = "This browser cannot play HLS. Open the address of the channel in a player such as VLC.";
  }
  play();
}

function failed(error) {
  if (!error.fatal) return;
  if (error.type === window.Hls.ErrorTypes.MEDIA_ERROR && failures < 3) {
    failures += 1;
    hls.recoverMediaError();
    return;
  }
  const status = error.response?.code;
  const reason = status ? `The station cannot send this channel now (${status})` : "The station does not answer";
  const isAway = error.type === window.Hls.ErrorTypes.NETWORK_ERROR && (!status || status === 503);
  again(reason, isAway && hls.latestLevelDetails !== null);
}

/** Whether there are more pictures to play without new data. */
const hasStock = () => !video.paused && (hls.mainForwardBufferInfo?.len ?? 0) > 0.1;

/**
 * Tries again after a while, and for as long as it takes: the station may be starting again. `keeps`: the pictures that
 * are there already are played meanwhile, and the new ones follow them; otherwise the stream begins again.
 */
function again(reason, keeps = false) {
  fault = `${reason}; trying again…`;
  show();
  if (waiting) return;
  waiting = true;
  failures += 1;
  const wait = keeps && hasStock() ? 1 : Math.min(LONGEST_WAIT_S, 2 ** Math.min(failures - 1, 4));
  setTimeout(() => {
    waiting = false;
    if (keeps) {
      hls.startLoad();
      return;
    }
    if (hls) {
      hls.loadSource(source());
      hls.startLoad(-1);
    } else {
      video.src = source();
    }
    play();
  }, 1000 * wait);
}

/**
 * Plays a little slower while the player is closer to the live edge than hls.js wants to be (`liveSyncDurationCount`,
 * and a second more for each time that it had to wait). The first viewer of a channel begins with the last six seconds
 * on air. Later segments last as long, and the player asks for them as seldom: the picture would stop before each.
 */
function pace() {
  const missing = hls.targetLatency - hls.latency;
  if (!(hls.latency > 0) || video.paused) return;
  const enough = video.playbackRate < 1 ? 0 : 0.5; // no change at each of its small errors
  const rate = missing > NEAR_S ? 0.9 : missing > enough ? 0.95 : 1;
  if (video.playbackRate !== rate) video.playbackRate = rate;
}

async function play() {
  try {
    await video.play();
    news = "";
  } catch (error) {
    if (error.name !== "NotAllowedError" || video.muted) return;
    video.muted = true; // browsers start pictures with sound only after a click
    news = "The sound is off until you press M or the button Sound on.";
    video.play().catch(() => { news = "Press Space to play."; show(); });
  }
  show();
}

// ── places in the stream ──

const newest = () => hls?.liveSyncPosition ?? (video.seekable.length ? video.seekable.end(video.seekable.length - 1) : null);
const oldest = () => (video.seekable.length ? video.seekable.start(0) : null);

function behind() {
  const edge = newest();
  return edge == null ? 0 : Math.max(0, edge - video.currentTime);
}

/** Returns the place of a Unix time (s) in the video; null if it is not known. */
function placeOf(unix) {
  if (!hls) {
    const began = video.getStartDate?.().getTime() / 1000;
    return Number.isFinite(began) ? unix - began : null;
  }
  const fragments = hls.latestLevelDetails?.fragments ?? [];
  const first = fragments.find((each) => each.programDateTime);
  return first ? first.start + unix - first.programDateTime / 1000 : null;
}

function seek(to) {
  const [first, live] = [oldest(), newest()];
  if (first == null || live == null) return;
  const last = Math.max(live, video.currentTime); // the first viewer begins closer to the live edge; it must not go back
  const place = Math.min(last, Math.max(first + 0.5, to));
  if (place !== video.currentTime) video.currentTime = place;
  play();
}

const actions = {
  play: () => (video.paused ? play() : video.pause()),
  back: () => seek(video.currentTime - STEP_S),
  forward: () => seek(video.currentTime + STEP_S),
  live: () => seek(Infinity),
  "start-over": startOver,
  mute: () => { video.muted = !video.muted; news = ""; },
  info: () => { by("caption").hidden = !by("caption").hidden; },
  full: () => (document.fullscreenElement ? document.exitFullscreen() : by("stage").requestFullscreen?.()),
  "help-button": () => by("help").showModal(),
};

function startOver() {
  const place = channel?.programme ? placeOf(channel.programme.start_at) : null;
  const first = oldest();
  if (place == null || first == null) {
    tell("The beginning of the programme is not known.");
    return;
  }
  if (place < first) tell("The programme began before the oldest picture that is kept; this is that one.");
  seek(place);
}

function tell(text) {
  news = text;
  show();
  setTimeout(() => { if (news === text) { news = ""; show(); } }, 6000);
}

function zap(step) {
  const all = list?.channels.filter((each) => each.state !== "stopped") ?? [];
  const at = all.findIndex((each) => each.id === id);
  if (all.length < 2) return;
  const to = all[(at + step + all.length) % all.length];
  location.assign(address(root, `watch/${encodeURIComponent(to.id)}`));
}

// ── qualities ──

function showQualities() {
  const choice = by("quality");
  const levels = hls.levels.map((each, number) => element("option", { value: number }, each.height ? `${each.height}p` : each.name || `${number + 1}`));
  choice.replaceChildren(element("option", { value: -1 }, "automatic"), ...levels);
  choice.value = hls.autoLevelEnabled ? -1 : hls.currentLevel;
  by("quality-label").hidden = levels.length < 2;
}

by("quality").addEventListener("change", (event) => { hls.nextLevel = Number(event.target.value); });

// ── what is shown ──

function show() {
  by("play").textContent = video.paused ? "Play" : "Pause";
  by("mute").textContent = video.muted ? "Sound on" : "Mute";
  by("mute").setAttribute("aria-pressed", video.muted);
  by("info").setAttribute("aria-pressed", !by("caption").hidden);
  const late = behind();
  const live = late < LIVE_S && !video.paused;
  by("live").classList.toggle("is-live", live);
  by("live").setAttribute("aria-pressed", live);
  by("behind").textContent = late < LIVE_S ? "" : `${Math.floor(late / 60)}:${String(Math.floor(late % 60)).padStart(2, "0")} behind`;
  by("start-over").disabled = !channel?.programme;
  by("message").classList.toggle("fault", fault !== "");
  say(by("message"), fault || news);
}

function showCaption() {
  const now = channel.programme;
  by("title").textContent = now ? named(now) : channel.name;
  by("sub-title").textContent = now?.sub_title ?? "";
  by("times").textContent = now ? `${timeOf(now.start_at)}–${timeOf(now.stop_at)}` : "";
  by("progress").value = now ? aired(now) : 0;
  const next = channel.next_programme;
  by("next").textContent = next ? `Next: ${timeOf(next.start_at)} ${named(next)}` : "";
}

async function showChannel() {
  try {
    list = await fetched(address(root, "iptv/channels.json"));
  } catch (error) {
    if (!fault) tell(error.message);
    return;
  }
  channel = list.channels.find((each) => each.id === id) ?? null;
  if (!list.channels.length) {
    if (!fault) tell("This station has no channels yet.");
  } else if (!channel) {
    fault = "There is no such channel (any more).";
  } else {
    if (channel.state === "stopped") fault = `${channel.name} is off air; it goes on here as soon as it is started.`;
    document.title = by("channel").textContent = `${channel.number} ${channel.name}`;
    showCaption();
  }
  show();
}

// ── keys ──

const KEYS = {
  " ": "play", k: "play", ArrowLeft: "back", ArrowRight: "forward", l: "live", s: "start-over", m: "mute", c: "info", f: "full", "?": "help-button",
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || by("help").open) return;
  const target = event.target;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (target instanceof HTMLSelectElement || target instanceof HTMLInputElement) return; // these use the keys themselves
  if (key === " " && target instanceof HTMLButtonElement) return;
  if (key === "ArrowUp" || key === "ArrowDown") zap(key === "ArrowUp" ? 1 : -1);
  else if (key in KEYS) actions[KEYS[key]]();
  else return;
  event.preventDefault();
  show();
});

for (const [name, action] of Object.entries(actions)) {
  by(name).addEventListener("click", () => { action(); show(); });
}
video.addEventListener("click", () => actions.play());
by("volume").addEventListener("input", (event) => { video.volume = Number(event.target.value); video.muted = false; });
for (const event of ["play", "pause", "volumechange", "seeked"]) video.addEventListener(event, show);
by("home").href = address(root, ".");

begin();
showClock(by("clock"));
repeat(LIST_S, showChannel);
repeat(1, show);
