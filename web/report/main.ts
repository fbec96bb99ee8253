// web/report/main.ts - the page's script: table, timeline and details over the data in it.
//
// The page reads without it. It fetches nothing, and makes elements of text alone.
import { Data } from "./data";
import { Detail } from "./detail";
import { count, el, labelled, option } from "./dom";
import { Filter, Grouping, Table } from "./table";
import { Timeline } from "./timeline";
import { words } from "./words";

const everything: Filter = { text: "", kind: -1, question: -1, from: -Infinity, to: Infinity };

class App {
  private filter: Filter = { ...everything };
  private readonly detail: Detail;
  private readonly table: Table;
  private readonly timeline: Timeline;
  private readonly said = el("p", { role: "status", id: "count" });
  private readonly search = el("input", { type: "search", placeholder: words.searchHint });
  private readonly kind = el("select");
  private readonly question = el("select");
  private readonly group = el("select");

  constructor(private readonly data: Data) {
    this.detail = new Detail(data, (row, step) => this.table.beside(row, step));
    this.table = new Table(data, (row) => this.open(row));
    this.timeline = new Timeline(data, (from, to) => this.apply({ from, to }));
  }

  private apply(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change };
    this.table.select(this.filter);
    this.timeline.draw(this.table.rows);
    this.said.textContent = words.count(count(this.table.rows.length), count(this.data.n));
  }

  private controls(): HTMLElement {
    const kinds = [...new Set(this.data.columns.kind)]
      .map((k) => [String(k), this.data.columns.words[k]!] as const)
      .sort((a, b) => (a[1] < b[1] ? -1 : 1));
    this.kind.append(option("-1", words.allKinds), ...kinds.map(([k, name]) => option(k, name)));
    this.question.append(option("-1", words.allQuestions),
      ...words.questions.map((q, i) => option(String(i), q)));
    const groupings: [Grouping, string][] = [["", words.noGroups],
      ["initiator", words.groupInitiator], ["network", words.groupNetwork],
      ["kind", words.groupKind], ["country", words.groupCountry], ["whole", words.groupWhole]];
    this.group.append(...groupings.map(([g, name]) => option(g, name)));
    this.search.addEventListener("input", () => this.apply({ text: this.search.value }));
    this.kind.addEventListener("change", () => this.apply({ kind: Number(this.kind.value) }));
    this.question.addEventListener("change", () =>
      this.apply({ question: Number(this.question.value) }));
    this.group.addEventListener("change", () => this.table.group(this.group.value as Grouping));
    const clear = el("button", { type: "button" }, words.clear);
    clear.addEventListener("click", () => this.clear());
    const form = el("form", { role: "search", "aria-label": words.filters },
      labelled(words.search, this.search), labelled(words.kind, this.kind),
      labelled(words.question, this.question), labelled(words.groupBy, this.group), clear);
    form.addEventListener("submit", (e) => e.preventDefault());
    return form;
  }

  private clear(): void {
    this.search.value = "";
    this.kind.value = this.question.value = "-1";
    this.filter = { ...everything };
    this.timeline.reset();
  }

  private open(row: number): void {
    history.replaceState(null, "", `#f-${this.data.columns.id[row]!}`);
    void this.detail.show(row);
  }

  // A link to a finding opens it.
  private follow(): void {
    const id = /^#f-([0-9a-f]{4,})$/.exec(location.hash)?.[1];
    const row = id === undefined ? -1
      : this.data.columns.id.findIndex((x) => x.startsWith(id) || id.startsWith(x));
    if (row >= 0) this.open(row);
  }

  start(place: HTMLElement): void {
    place.append(this.controls(), this.said, this.table.element);
    document.body.append(this.detail.element);
    document.getElementById("timeline")?.replaceChildren(this.timeline.element);
    place.hidden = false;
    document.documentElement.classList.add("scripted");
    this.apply({});
    this.follow();
    addEventListener("hashchange", () => this.follow());
    addEventListener("resize", () => this.table.draw());
    performance.mark("ready");
  }
}

async function main(): Promise<void> {
  const place = document.getElementById("app");
  if (!place) return;
  try {
    const data = await Data.read();
    if (data.n > 0) new App(data).start(place);
  } catch {
    place.append(el("p", { class: "care" }, words.broken));
    place.hidden = false;
  }
}

void main();
