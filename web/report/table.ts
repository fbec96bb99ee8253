// web/report/table.ts - which findings, in which order, and the few rows in sight.
//
// However many there are, only those in sight are elements: two empty rows keep the
// place of the others.
import { Data, NumberColumn, WordColumn } from "./data";
import { bdi, count, el, shown, time } from "./dom";
import { words } from "./words";

export interface Filter {
  text: string;
  kind: number; // a word's number, or -1
  question: number; // or -1
  from: number; // ms
  to: number;
}

export type Grouping = "" | "initiator" | "network" | "kind" | "country" | "whole";
type Column = keyof typeof words.columns;
const shownColumns: Column[] = ["title", "initiator", "victim", "network", "country", "address",
  "first", "size", "targets", "ports", "question"];
const wordColumns = new Set<string>(["title", "initiator", "victim", "network", "country",
  "address"]);
const searched: WordColumn[] = ["initiator", "victim", "network", "country", "kind", "definition",
  "title", "whole"];
const ROW = 34; // px; the style's too
const SPARE = 8; // rows beyond sight

// What a line of the table is: a finding's row, or a group (-1 - its index).
interface Group { name: string; rows: number[]; open: boolean }
interface Slot { element: HTMLTableRowElement; cells: HTMLElement[]; texts: Text[] }

export class Table {
  readonly element: HTMLElement;
  rows: Uint32Array;
  private lines: Int32Array = new Int32Array(0);
  private groups: Group[] = [];
  private grouping: Grouping = "";
  private sort: { column: Column | ""; down: boolean } = { column: "", down: false };
  private ranks: Uint32Array | null = null;
  private lower: string[] | null = null;
  private current = 0;
  private readonly pool: Slot[] = [];
  private readonly before = this.gap();
  private readonly after = this.gap();
  private readonly body = el("tbody");
  private readonly box: HTMLElement;
  private readonly head = new Map<Column, HTMLTableCellElement>();
  private readonly table: HTMLTableElement;

  constructor(private readonly data: Data, private readonly open: (row: number) => void) {
    this.rows = Uint32Array.from({ length: data.n }, (_, i) => i);
    const cells = shownColumns.map((c) => {
      const button = el("button", { type: "button" }, words.columns[c]);
      button.addEventListener("click", () => this.sortBy(c));
      const th = el("th", { scope: "col", class: `c-${c}`, "aria-sort": "none" }, button);
      this.head.set(c, th);
      return th;
    });
    this.table = el("table", { "aria-label": words.table }, el("thead", {}, el("tr", {}, ...cells)),
      this.body);
    this.box = el("div", { class: "box", tabindex: 0, role: "region",
      "aria-label": words.table, "aria-describedby": "table-help" }, this.table);
    this.box.addEventListener("scroll", () => this.draw(), { passive: true });
    this.box.addEventListener("keydown", (e) => this.key(e));
    this.body.addEventListener("click", (e) => {
      const tr = (e.target as Element).closest("tr");
      if (tr?.dataset.line) this.use(Number(tr.dataset.line));
    });
    this.element = el("div", {}, el("p", { id: "table-help", class: "faint" }, words.tableHelp),
      this.box);
    this.arrange();
  }

  // --- which --------------------------------------------------------------------

  select(f: Filter): void {
    const { data } = this;
    const text = f.text.trim().toLowerCase();
    const hit = text === "" ? null : data.columns.words.map((w) => w.toLowerCase().includes(text));
    if (hit) this.lower ??= data.columns.act.map((a) => a.toLowerCase());
    const rows = new Uint32Array(data.n);
    let n = 0;
    for (let i = 0; i < data.n; i++) {
      if ((f.kind >= 0 && data.columns.kind[i] !== f.kind) ||
          (f.question >= 0 && data.columns.question[i] !== f.question) ||
          data.last(i) < f.from || data.columns.first[i]! > f.to ||
          (hit && !this.matches(i, text, hit))) {
        continue;
      }
      rows[n++] = i;
    }
    this.rows = rows.subarray(0, n);
    this.arrange();
  }

  private matches(i: number, text: string, hit: boolean[]): boolean {
    return searched.some((c) => hit[this.data.columns[c][i]!]) ||
      this.lower![i]!.includes(text) ||
      (text.length >= 4 && text.startsWith(this.data.columns.id[i]!.slice(0, text.length)));
  }

  // --- in which order ------------------------------------------------------------

  group(by: Grouping): void {
    this.grouping = by;
    this.arrange();
  }

  private sortBy(column: Column): void {
    const again = this.sort.column === column;
    this.sort = again && this.sort.down !== wordColumns.has(column)
      ? { column: "", down: false } // the third time: as it was
      : { column, down: again ? !this.sort.down : !wordColumns.has(column) };
    this.arrange();
  }

  // Words by their order, so that rows are sorted by numbers.
  private rank(): Uint32Array {
    if (!this.ranks) {
      const all = this.data.columns.words;
      const collate = new Intl.Collator("en", { numeric: true }).compare;
      const order = all.map((_, i) => i).sort((a, b) => collate(all[a]!, all[b]!));
      this.ranks = new Uint32Array(all.length);
      order.forEach((w, i) => { this.ranks![w] = all[w] === "" ? all.length : i; });
    }
    return this.ranks;
  }

  private keys(): (row: number) => number {
    const { column } = this.sort;
    if (wordColumns.has(column)) {
      const ranks = this.rank();
      const of = this.data.columns[column as WordColumn];
      return (r) => ranks[of[r]!]!;
    }
    const of = this.data.columns[column as NumberColumn];
    return (r) => of[r]!;
  }

  private arrange(): void {
    const rows = this.rows.slice();
    for (const [c, th] of this.head) {
      th.setAttribute("aria-sort", c !== this.sort.column ? "none"
        : this.sort.down ? "descending" : "ascending");
    }
    if (this.sort.column !== "") {
      const key = this.keys();
      const sign = this.sort.down ? -1 : 1;
      rows.sort((a, b) => sign * (key(a) - key(b)) || a - b);
    } else {
      rows.sort((a, b) => a - b);
    }
    this.rows = rows;
    this.makeGroups();
    this.current = 0;
    this.box.scrollTop = 0;
    this.layOut();
  }

  private makeGroups(): void {
    const open = new Set(this.groups.filter((g) => g.open).map((g) => g.name));
    this.groups = [];
    if (this.grouping === "") return;
    const by = new Map<number, Group>();
    const of = this.data.columns[this.grouping];
    for (const row of this.rows) {
      const word = of[row]!;
      let group = by.get(word);
      if (!group) {
        const name = this.data.columns.words[word]! || words.none;
        group = { name, rows: [], open: open.has(name) };
        by.set(word, group);
      }
      group.rows.push(row);
    }
    this.groups = [...by.values()].sort((a, b) => b.rows.length - a.rows.length);
  }

  private layOut(): void {
    if (this.grouping === "") {
      this.lines = Int32Array.from(this.rows);
    } else {
      const lines: number[] = [];
      this.groups.forEach((g, i) => {
        lines.push(-1 - i);
        if (g.open) for (const row of g.rows) lines.push(row);
      });
      this.lines = Int32Array.from(lines);
    }
    this.table.setAttribute("aria-rowcount", String(this.lines.length + 1));
    this.draw();
  }

  // --- what is in sight -----------------------------------------------------------

  draw(): void {
    const tall = this.box.clientHeight || 600;
    const from = Math.max(0, Math.floor(this.box.scrollTop / ROW) - SPARE);
    const to = Math.min(this.lines.length, from + Math.ceil(tall / ROW) + 2 * SPARE);
    this.before.style.height = `${from * ROW}px`;
    this.after.style.height = `${(this.lines.length - to) * ROW}px`;
    const out: HTMLTableRowElement[] = [this.before];
    for (let i = from; i < to; i++) out.push(this.line(i, i - from));
    this.body.replaceChildren(...out, this.after);
  }

  private gap(): HTMLTableRowElement {
    return el("tr", { class: "gap", "aria-hidden": "true" },
      el("td", { colspan: shownColumns.length }));
  }

  private line(i: number, slot: number): HTMLTableRowElement {
    const at = this.lines[i]!;
    const current = i === this.current ? "current" : "";
    if (at < 0) {
      const g = this.groups[-1 - at]!;
      return el("tr", { "aria-rowindex": i + 2, "data-line": i, class: `group ${current}` },
        el("th", { scope: "rowgroup", colspan: shownColumns.length },
          el("button", { type: "button", tabindex: -1, "aria-expanded": String(g.open) },
            g.open ? "▾ " : "▸ ", bdi(g.name), ` (${count(g.rows.length)})`)));
    }
    const row = (this.pool[slot] ??= this.slot());
    row.element.setAttribute("aria-rowindex", String(i + 2));
    row.element.dataset.line = String(i);
    row.element.className = current;
    shownColumns.forEach((c, k) => this.write(row, c, k, at));
    return row.element;
  }

  // Rows are made once and written over: that is what makes scrolling smooth.
  private slot(): Slot {
    const texts: Text[] = [];
    const cells = shownColumns.map((c) => {
      const text = document.createTextNode("");
      texts.push(text);
      if (c === "title") {
        return el("th", { class: "c-title", scope: "row" },
          el("button", { type: "button", tabindex: -1 }, text));
      }
      if (wordColumns.has(c)) return el("td", { class: `c-${c}` }, el("bdi", {}, text));
      return el("td", { class: `c-${c} n` }, text);
    });
    return { element: el("tr", {}, ...cells), cells, texts };
  }

  private write(to: Slot, c: Column, k: number, row: number): void {
    const { data } = this;
    if (wordColumns.has(c)) {
      to.texts[k]!.data = shown(data.word(c as WordColumn, row));
      if (c === "title") to.cells[k]!.title = data.columns.act[row]!;
      return;
    }
    const n = data.number(c as NumberColumn, row);
    to.texts[k]!.data = c === "first" ? time(n) : c === "question" ? words.questions[n]! : count(n);
    if (c === "question") to.cells[k]!.className = `c-question q${n}`;
  }

  // --- keys --------------------------------------------------------------------------

  private key(e: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.box.clientHeight / ROW) - 2);
    const to: Record<string, number> = {
      ArrowDown: this.current + 1, ArrowUp: this.current - 1,
      PageDown: this.current + page, PageUp: this.current - page,
      Home: 0, End: this.lines.length - 1,
    };
    if (e.key in to && e.target === this.box) {
      this.move(to[e.key]!);
      e.preventDefault();
    } else if (e.key === "Enter" && e.target === this.box && this.lines.length > 0) {
      this.use(this.current);
      e.preventDefault();
    }
  }

  private move(to: number): void {
    this.current = Math.min(Math.max(to, 0), Math.max(this.lines.length - 1, 0));
    const y = this.current * ROW;
    const head = 60; // the heading stays in sight
    if (y < this.box.scrollTop) this.box.scrollTop = y;
    else if (y + ROW + head > this.box.scrollTop + this.box.clientHeight) {
      this.box.scrollTop = y + ROW + head - this.box.clientHeight;
    }
    this.draw();
  }

  private use(i: number): void {
    const at = this.lines[i]!;
    this.current = i;
    if (at < 0) {
      const g = this.groups[-1 - at]!;
      g.open = !g.open;
      this.layOut();
    } else {
      this.draw();
      this.open(at);
    }
  }

  // The finding before or after one, among those shown.
  beside(row: number, step: number): number {
    const at = this.rows.indexOf(row);
    return at < 0 ? -1 : this.rows[at + step] ?? -1;
  }
}
