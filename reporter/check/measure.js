// Runs in a world of its own beside the finished page; the last expression is what Python calls.
(() => {
  const UNREAD = "script,style,template,noscript,noframes,noembed,iframe,textarea,title,select,option,head";
  const canvas = document.createElement("canvas").getContext("2d");
  const metrics = new Map();
  const frames = new Map();
  let points = [];

  // Code points of all text in the document, in order; `points` remembers where each stands.
  function text() {
    points = [];
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    let all = "";
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.parentElement.closest(UNREAD)) continue;
      let at = 0;
      for (const char of node.data) {
        points.push([node, at, char.length]);
        at += char.length;
      }
      all += node.data;
    }
    return all;
  }

  // How an element and those around it set its text: turned, struck through.
  function frame(element) {
    if (!frames.has(element)) {
      let matrix = new DOMMatrix(), struck = false;
      for (let e = element; e; e = e.parentElement) {
        const style = getComputedStyle(e);
        let own = new DOMMatrix();
        if (style.rotate !== "none") own = own.multiply(new DOMMatrix(turn(style.rotate)));
        if (style.scale !== "none") own = own.scale(...style.scale.split(" ").map(Number));
        if (style.transform !== "none") own = own.multiply(new DOMMatrix(style.transform));
        matrix = own.multiply(matrix);
        struck ||= style.textDecorationLine.includes("line-through");
      }
      const upright = matrix.a > 0 && matrix.d > 0 && Math.abs(matrix.b) <= 0.1 * matrix.a;
      frames.set(element, struck ? "struck" : upright ? "" : "turned");
    }
    return frames.get(element);
  }

  function turn(rotate) {
    const words = rotate.split(" ");
    if (words.length === 1) return `rotate(${rotate})`;
    const axis = { x: "1,0,0", y: "0,1,0", z: "0,0,1" }[words[0]] || words.slice(0, 3).join(",");
    return `rotate3d(${axis},${words.at(-1)})`;
  }

  // A letter's ink above and below the line, and its font's whole height, in the font's own pixels.
  function metric(element, char) {
    const style = getComputedStyle(element);
    const shown = { uppercase: char.toUpperCase(), lowercase: char.toLowerCase() }[style.textTransform] || char;
    const font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const key = `${font} ${style.fontVariantCaps} ${shown}`;
    if (!metrics.has(key)) {
      canvas.font = font;
      canvas.fontVariantCaps = style.fontVariantCaps;
      const m = canvas.measureText(shown);
      metrics.set(key, [m.actualBoundingBoxLeft, m.actualBoundingBoxRight, m.actualBoundingBoxAscent,
        m.actualBoundingBoxDescent, m.fontBoundingBoxAscent, m.fontBoundingBoxDescent, parseFloat(style.fontSize)]);
    }
    return metrics.get(key);
  }

  // [left, top, right, bottom, size, fault] of a letter's ink in the window, in CSS pixels; null where it has no box.
  function letter(index) {
    const [node, at, length] = points[index];
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + length);
    const box = [...range.getClientRects()].find((r) => r.width > 0 && r.height > 0);
    if (!box) return null;
    const element = node.parentElement;
    const [left, right, up, down, ascent, descent, size] = metric(element, node.data.substr(at, length));
    const scale = box.height / (ascent + descent);
    const line = box.top + ascent * scale;
    const start = Math.max(box.left, box.left - left * scale);
    const end = Math.min(box.right, box.left + right * scale);
    return [start, line - up * scale, end > start ? end : box.right, line + down * scale, size * scale, frame(element)];
  }

  // Takes the ink of these letters away, or gives it back, without touching the document or its layout.
  function ink(indexes) {
    const ranges = indexes.map((index) => {
      const [node, at, length] = points[index];
      return new StaticRange({ startContainer: node, startOffset: at, endContainer: node, endOffset: at + length });
    });
    CSS.highlights.set("reporter-ink", new Highlight(...ranges));
  }

  // Words that style sheets add before or after the letters' own elements.
  function added(indexes) {
    const elements = new Set();
    for (const index of indexes) {
      for (let e = points[index][0].parentElement; e && e !== document.body; e = e.parentElement) {
        elements.add(e);
        if (e.id === "disclaimer") break;
      }
    }
    const texts = [...elements].flatMap((e) => ["::before", "::after"].map((p) => getComputedStyle(e, p).content));
    return texts.flatMap((t) => t.match(/"[^"]*"/g) || []).find((t) => /\p{L}/u.test(t)) || "";
  }

  // What does not move by itself stays; what does is shown as it ends, or as it begins if it never ends.
  function settle() {
    for (const animation of document.getAnimations()) {
      try { animation.finish(); } catch { animation.pause(); }
    }
  }

  // Whether a reader can move the window down and across.
  function scrolls() {
    const root = getComputedStyle(document.documentElement), body = getComputedStyle(document.body);
    return ["overflowY", "overflowX"].map((axis) => {
      const value = root[axis] === "visible" ? body[axis] : root[axis];
      return value !== "hidden" && value !== "clip";
    });
  }

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`::highlight(reporter-ink) { color: transparent !important; text-shadow: none !important;
    -webkit-text-fill-color: transparent !important; -webkit-text-stroke-color: transparent !important }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  settle();
  globalThis.reporter = {
    text, ink, added, scrolls,
    letters: (indexes) => indexes.map(letter),
    moveTo: (top) => { scrollTo({ top, left: 0, behavior: "instant" }); },
    width: () => document.documentElement.scrollWidth,
  };
})()
