// web/report/picture.ts - one finding as a picture: which targets and ports, when.
//
// Time runs to the right, ports go up; each target has a colour of its own, and the
// legend names it, so that nothing is told by colour alone.
import { Finding } from "./data";
import { count, el, shown, svg, time } from "./dom";
import { words } from "./words";

export interface Dot { time: number; port: number; target: string }

const WIDTH = 640;
const HEIGHT = 260;
const LEFT = 52;
const BOTTOM = 24;
const SERIES = 6;
const marks = ["M-3 0h6M0 -3v6", "M-3 -3l6 6M3 -3l-6 6", "M-3 -3h6v6h-6z", "M0 -4l4 7h-8z",
  "M-3 0h6", "M0 -3v6"];

export function dotsOf(f: Finding): Dot[] {
  const samples = (f["packet_sample"] ?? []) as { time: string; target?: string; target_port?: number }[];
  if (samples.length > 0) {
    return samples.map((s) => ({ time: Date.parse(s.time), port: s.target_port ?? 0,
      target: s.target ?? "" }));
  }
  return (f.flow_sample ?? []).map((s) => ({ time: Date.parse(s.time), port: s.target_port ?? 0,
    target: f.target_sample?.length === 1 ? f.target_sample[0]! : "" }));
}

// Each port that occurs has a row of its own; so many are named as there is room for.
function heights(dots: Dot[]): { y: (port: number) => number; ticks: number[] } {
  const ports = [...new Set(dots.map((d) => d.port))].sort((a, b) => a - b);
  const at = new Map(ports.map((p, i) => [p, i]));
  const tall = HEIGHT - BOTTOM - 16;
  const step = tall / Math.max(1, ports.length);
  const skip = Math.ceil(ports.length / 14);
  return { y: (p) => 8 + tall - (at.get(p)! + 0.5) * step,
    ticks: ports.filter((_, i) => i % skip === 0) };
}

export function picture(f: Finding, all: Dot[]): HTMLElement {
  if (all.length === 0) return el("p", { class: "faint" }, words.pictureNone);
  const first = Math.min(Date.parse(f.first), ...all.map((d) => d.time));
  const last = Math.max(Date.parse(f.last), ...all.map((d) => d.time));
  const { y, ticks } = heights(all);
  const x = (t: number) => LEFT + ((t - first) / Math.max(1, last - first)) * (WIDTH - LEFT - 10);
  const by = new Map<string, Dot[]>();
  for (const d of all) by.set(d.target, [...(by.get(d.target) ?? []), d]);
  const series = [...by.entries()].sort((a, b) => b[1].length - a[1].length);
  const drawing = svg("svg", { role: "img", viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    "aria-label": `${words.pictureTargets}: ${count(all.length)}` });
  for (const t of ticks) {
    drawing.append(svg("text", { class: "axis end", x: LEFT - 6, y: y(t) + 4 }, t > 0 ? String(t) : ""),
      svg("path", { class: "grid", d: `M${LEFT} ${y(t)}H${WIDTH}` }));
  }
  drawing.append(svg("text", { class: "axis", x: LEFT, y: HEIGHT - 6 }, time(first)),
    svg("text", { class: "axis end", x: WIDTH, y: HEIGHT - 6 }, time(last)));
  series.forEach(([, dots], i) => {
    const mark = marks[Math.min(i, SERIES - 1)]!;
    for (const d of dots) {
      drawing.append(svg("path", { class: `dot s${Math.min(i, SERIES - 1)}`, d: mark,
        transform: `translate(${x(d.time).toFixed(1)} ${y(d.port).toFixed(1)})` }));
    }
  });
  const named = series.slice(0, SERIES).filter(([target]) => target !== "");
  const legend = el("p", { class: "legend" }, ...named.map(([target, dots], i) =>
    el("span", {}, svg("svg", { viewBox: "-5 -5 10 10", class: "key", "aria-hidden": "true" },
      svg("path", { class: `dot s${i}`, d: marks[i]! })),
    el("bdi", {}, shown(target)), ` (${count(dots.length)}) `)),
  series.length > SERIES ? `… ${count(series.length)}` : null);
  return el("div", {}, el("p", { class: "faint" }, words.pictureSome(count(all.length))),
    el("div", { class: "wide", tabindex: 0, role: "group",
      "aria-label": words.pictureTargets }, drawing), legend);
}
