// The built program comes in two parts: what runs while the page opens, and the rest. Here the rest is brought: after the first paint, or
// at once when something of it is called earlier. A program in one part (a debug build) has no rest, and everything here does nothing.
const MARK = "rest:";
let first, ready, source, coming, failed;

const there = () => !ready || ready.value === 1;

// The rest takes what it needs from the first part's exports and fills the first part's table of functions.
const halves = () => ({ f: first });

// `exports` are the first part's; one of them is the mark whether the rest is there, named after the rest's file.
export function connect(exports) {
  const mark = Object.keys(exports).find((name) => name.startsWith(MARK));
  if (!mark) return;
  first = exports;
  ready = exports[mark];
  source = new URL(`../../../${mark.slice(MARK.length)}`, import.meta.url);
}

// Whether there is nothing to wait for. When the rest could not be fetched, the first call into it tries again, and says why not.
export function isThere() {
  return there() || failed === true;
}

// Brings the rest while the page goes on.
export function bring() {
  if (there() || coming) return;
  coming = (async () => {
    const answer = await fetch(source, { priority: "low" });
    if (!answer.ok) throw new Error(`${answer.status} ${answer.url}`);
    const module = await WebAssembly.compile(await answer.arrayBuffer());
    if (there()) return;
    await WebAssembly.instantiate(module, halves());
    ready.value = 1;
  })().catch(() => { failed = true; });
}

// Brings the rest after the next paint.
export function bringAfterPaint() {
  if (!there()) requestAnimationFrame(() => setTimeout(bring));
}

// Brings the rest before anything else goes on: a function of it is being called.
export function bringNow() {
  if (there()) return;
  const request = new XMLHttpRequest();
  request.open("GET", source, false);
  // Bytes, one per character: a synchronous request cannot answer with a buffer.
  request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  if (request.status !== 200) throw new Error(`${request.status} ${source}`);
  const bytes = Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0) & 255);
  new WebAssembly.Instance(new WebAssembly.Module(bytes), halves());
  ready.value = 1;
}
