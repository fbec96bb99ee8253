// web/report/timeline.ts - findings by kind over time; brushing it filters everything.
import { Data } from "./data";
import { count, el, labelled, svg, time } from "./dom";
import { words } from "./words";

const STEPS = 90;
const LEFT = 190;
const WIDTH = 900;
const ROW = 26;
const BAR = 18;

export class Timeline {
  readonly element = el("div");
  readonly first: number;
  readonly last: number;
  private readonly kinds: number[];
  private readonly picture = el("div");
  private readonly from: HTMLInputElement;
  private readonly to: HTMLInputElement;
  private readonly said = el("output", { class: "faint" });
  private brush: SVGRectElement | null = null;

  constructor(private readonly data: Data, private readonly changed: (from: number, to: number) => void) {
    let first = Infinity;
    let last = -Infinity;
    for (let i = 0; i < data.n; i++) {
      first = Math.min(first, data.number("first", i));
      last = Math.max(last, data.last(i));
    }
    this.first = first;
    this.last = last;
    this.kinds = [...new Set(data.columns.kind)]
      .sort((a, b) => (data.columns.words[a]! < data.columns.words[b]! ? -1 : 1));
    this.from = this.range(0);
    this.to = this.range(STEPS);
    this.element.append(this.picture, el("p", { class: "faint" }, words.brush),
      el("div", { class: "brush" }, labelled(words.from, this.from), labelled(words.to, this.to),
        this.said));
  }

  private range(value: number): HTMLInputElement {
    const input = el("input", { type: "range", min: 0, max: STEPS, value, step: 1 });
    input.addEventListener("input", () => this.set(Number(this.from.value), Number(this.to.value)));
    return input;
  }

  private at(step: number): number {
    return this.first + (step * (this.last - this.first)) / STEPS;
  }

  set(a: number, b: number): void {
    const [from, to] = a <= b ? [a, b] : [b, a];
    this.from.value = String(from);
    this.to.value = String(to);
    const texts = [time(this.at(from)), time(this.at(to))];
    this.from.setAttribute("aria-valuetext", texts[0]!);
    this.to.setAttribute("aria-valuetext", texts[1]!);
    const all = from === 0 && to === STEPS;
    this.said.textContent = all ? "" : `${texts[0]} – ${texts[1]} UTC`;
    this.showBrush(from, to);
    this.changed(all ? -Infinity : this.at(from), all ? Infinity : this.at(to));
  }

  private showBrush(from: number, to: number): void {
    const all = from === 0 && to === STEPS;
    const x = (s: number) => LEFT + (s * (WIDTH - LEFT)) / STEPS;
    this.brush?.setAttribute("x", String(x(from)));
    this.brush?.setAttribute("width", all ? "0" : String(Math.max(2, x(to) - x(from))));
  }

  private steps(rows: Uint32Array): Map<number, Uint32Array> {
    const of = new Map<number, Uint32Array>();
    const width = Math.max(1, this.last - this.first);
    const step = (t: number) =>
      Math.min(STEPS - 1, Math.max(0, Math.floor(((t - this.first) / width) * STEPS)));
    for (const row of rows) {
      const kind = this.data.columns.kind[row]!;
      let s = of.get(kind);
      if (!s) of.set(kind, (s = new Uint32Array(STEPS + 1)));
      const to = step(this.data.last(row));
      for (let k = step(this.data.number("first", row)); k <= to; k++) s[k]++;
      s[STEPS]++;
    }
    return of;
  }

  // The picture of those rows.
  draw(rows: Uint32Array): void {
    const of = this.steps(rows);
    const height = this.kinds.length * ROW + 24;
    const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, "aria-hidden": "true" });
    this.kinds.forEach((kind, i) => {
      const s = of.get(kind);
      const y = 4 + i * ROW;
      picture.append(svg("text", { x: 0, y: y + BAR - 4 },
        `${this.data.columns.words[kind]!} (${count(s?.[STEPS] ?? 0)})`));
      if (s) picture.append(svg("path", { d: this.bars(s, y) }));
    });
    const axis = (x: number, text: string, end: string) =>
      svg("text", { class: `axis${end}`, x, y: height - 6 }, text);
    this.brush = svg("rect", { class: "brushed", y: 0, height: height - 20, x: LEFT, width: 0 });
    picture.append(axis(LEFT, time(this.first), ""), axis(WIDTH, time(this.last), " end"), this.brush);
    this.drag(picture);
    this.picture.replaceChildren(picture);
    this.showBrush(Number(this.from.value), Number(this.to.value));
  }

  private bars(s: Uint32Array, y: number): string {
    let most = 1;
    for (let k = 0; k < STEPS; k++) most = Math.max(most, s[k]!);
    let d = "";
    const width = (WIDTH - LEFT) / STEPS;
    for (let k = 0; k < STEPS; k++) {
      if (s[k]! > 0) {
        const h = 3 + (s[k]! * (BAR - 3)) / most;
        d += `M${(LEFT + k * width).toFixed(1)} ${y + BAR}h${width.toFixed(1)}v${-h.toFixed(1)}h${-width.toFixed(1)}z`;
      }
    }
    return d;
  }

  private drag(picture: SVGSVGElement): void {
    const step = (e: PointerEvent) => {
      const box = picture.getBoundingClientRect();
      const x = ((e.clientX - box.left) / box.width) * WIDTH;
      return Math.min(STEPS, Math.max(0, Math.round(((x - LEFT) / (WIDTH - LEFT)) * STEPS)));
    };
    picture.addEventListener("pointerdown", (e) => {
      const from = step(e);
      const move = (m: PointerEvent) => this.showBrush(Math.min(from, step(m)), Math.max(from, step(m)));
      const up = (u: PointerEvent) => {
        document.removeEventListener("pointermove", move);
        const to = step(u);
        if (to === from) this.set(0, STEPS);
        else this.set(from, to);
      };
      document.addEventListener("pointermove", move);
      document.addEventListener("pointerup", up, { once: true });
      e.preventDefault();
    });
  }

  reset(): void {
    this.set(0, STEPS);
  }
}
