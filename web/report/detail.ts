// web/report/detail.ts - all that is known of one finding.
import { Data, Finding, Rung, Statement } from "./data";
import { bdi, count, el, shown, span, time } from "./dom";
import { dotsOf, picture } from "./picture";
import { words } from "./words";

type Child = Node | string | null;

function section(heading: string, ...children: Child[]): HTMLElement {
  return el("section", {}, el("h3", {}, heading), ...children);
}

function list(items: string[]): HTMLElement {
  return el("ul", {}, ...items.map((i) => el("li", {}, bdi(i))));
}

function entry(term: string, value: Child): HTMLElement {
  return el("div", {}, el("dt", {}, term), el("dd", {}, value));
}

function numbers(f: Finding): HTMLElement {
  const rows = Object.entries(words.fields)
    .filter(([field]) => typeof f[field] === "number" && f[field] !== 0)
    .map(([field, name]) => entry(name, count(f[field] as number)));
  rows.push(entry(words.decided, `${f.decided.counter}: ${count(f.decided.counted)} ` +
    `(${words.threshold} ${count(f.decided.threshold)})`));
  return el("dl", {}, ...rows);
}

function places(f: Finding): HTMLElement | null {
  const at = (p: { input: string; offset: number }) =>
    el("span", {}, bdi(p.input), `, ${words.offset} ${count(p.offset)}`);
  if (!f.first_at) return null;
  return el("p", {}, `${words.found} `, at(f.first_at),
    ...(f.last_at ? [` ${words.untilPlace} `, at(f.last_at)] : []));
}

function samples(f: Finding): HTMLElement[] {
  const parts: [string, (string | number)[] | undefined][] = [
    [words.portList, f.port_list], [words.targetSample, f.target_sample],
    [words.sources, f.source_sample], [words.users, f.user_sample], [words.paths, f.path_sample]];
  return parts.filter(([, items]) => items && items.length > 0)
    .map(([name, items]) => entry(name, el("span", {},
      ...items!.flatMap((i) => [el("code", {}, bdi(String(i))), " "]))));
}

interface Packet {
  time: string; source?: string; source_port?: number; target?: string; target_port?: number;
  text?: string; at?: { input: string; offset: number };
}

function packets(f: Finding): HTMLElement | null {
  const all = (f["packet_sample"] ?? f.flow_sample ?? []) as Packet[];
  if (all.length === 0) return null;
  const end = (address: string | undefined, port: number | undefined) =>
    el("td", {}, bdi(address ?? ""), port ? ` :${port}` : "");
  const head = [words.time, words.source, words.target, words.what, words.place];
  return section(words.packets, el("div", { class: "wide packets", tabindex: 0, role: "region",
    "aria-label": words.packets },
  el("table", {}, el("thead", {}, el("tr", {}, ...head.map((h) => el("th", { scope: "col" }, h)))),
    el("tbody", {}, ...all.map((p) => el("tr", {},
      el("td", {}, p.time.replace("T", " ").replace(/Z$/, "")),
      end(p.source, p.source_port), end(p.target, p.target_port),
      el("td", {}, bdi(p.text ?? "")),
      el("td", {}, ...(p.at ? [bdi(p.at.input), ` ${count(p.at.offset)}`] : []))))))));
}

function marks(f: Finding): HTMLElement | null {
  if (f.tool.length === 0) return null;
  return section(words.marks, list(f.tool.map((t) => {
    const chance = t.chance ? words.chance(count(Math.round(1 / t.chance))) : words.weak;
    return `${t.name}: ${t.formula}, ${words.matched(count(t.matched), count(t.of))} (${chance})`;
  })), el("p", { class: "faint" }, words.marksNote));
}

// --- the ladder -------------------------------------------------------------------

const abouts: Record<string, string[]> = {
  "network": ["network", "authorized"],
  "registered-country": ["registered", "recorded"],
  "located-country": ["located", "recorded"],
  "role": ["flagged"],
};

function statement(s: Statement): string {
  const said = [s.asn !== undefined ? `AS${s.asn}` : "", s.code ?? "", s.flag ?? "", s.text ?? ""]
    .filter((x) => x !== "").join(" ");
  const range = s.first ? `, ${s.first}${s.last && s.last !== s.first ? ` – ${s.last}` : ""}` : "";
  return `${s.source} (${s.date ?? words.undated}): ${said || words.none}${range}`;
}

function rung(r: Rung, f: Finding): HTMLElement {
  const said = (f.origin?.statements ?? [])
    .filter((s) => (abouts[r.rung] ?? []).includes(s.about)).map(statement);
  const dissent = (r.rung === "located-country" && f.origin?.located?.dissent) ||
    (r.rung === "registered-country" && f.origin?.registered?.dissent) || r.word === "split";
  const part = (name: string, items: string[] | undefined) =>
    items && items.length > 0 ? el("div", {}, el("p", { class: "faint" }, name), list(items)) : null;
  return el("li", {},
    el("p", {}, el("strong", {}, `${words.rungs[r.rung] ?? r.rung}: `), r.word,
      r.answer && r.answer !== r.word ? ": " : "",
      r.answer && r.answer !== r.word ? bdi(r.answer) : null),
    dissent ? el("p", { class: "care" }, words.disagree) : null,
    part(words.statements, said),
    part(words.supports, r.supports),
    part(words.weakens, r.weakens),
    ...(r.tests ?? []).map((t) => el("p", {}, words.tests(t.name, t.given, String(t.chance)))),
    r.confidence && r.confidence !== "none"
      ? el("p", {}, `${words.confidence}: ${r.confidence}; ${words.basis} ${shown(r.basis ?? "")}.`)
      : null,
    r.refuted_by ? el("p", {}, `${words.refuted}: `, bdi(r.refuted_by)) : null,
    r.only_they_can_tell ? el("p", {}, `${words.ask}: `, bdi(r.only_they_can_tell)) : null);
}

function ladder(f: Finding): HTMLElement | null {
  if (!f.ladder) return null;
  return section(words.ladder, el("ol", { class: "ladder" }, ...f.ladder.rungs.map((r) => rung(r, f))),
    el("p", {}, el("strong", {}, words.stops), " ", shown(f.ladder.stops)));
}

// --- the notice -------------------------------------------------------------------

function notice(f: Finding): HTMLElement {
  const text = document.querySelector(`#f-${CSS.escape(f.id)} .notice pre`)?.textContent;
  if (!text) return section(words.notice, el("p", { class: "faint" }, words.noNotice));
  const pre = el("pre", { tabindex: 0 }, text);
  const said = el("span", { role: "status" });
  const button = el("button", { type: "button" }, words.copy);
  button.addEventListener("click", () => {
    navigator.clipboard.writeText(text).then(() => { said.textContent = ` ${words.copied}`; }, () => {
      getSelection()?.selectAllChildren(pre);
      said.textContent = ` ${words.selected}`;
    });
  });
  return section(words.notice, el("p", {}, button, said), pre);
}

// --- all of it --------------------------------------------------------------------

export class Detail {
  readonly element = el("dialog", { id: "detail", "aria-labelledby": "detail-title" });
  private row = -1;

  constructor(private readonly data: Data,
    private readonly beside: (row: number, step: number) => number) {
    this.element.addEventListener("close", () => {
      if (location.hash.startsWith("#f-")) history.replaceState(null, "", "#findings");
    });
    this.element.addEventListener("keydown", (e) => {
      const step = e.altKey ? { ArrowLeft: -1, ArrowRight: 1 }[e.key] : undefined;
      if (step) {
        this.step(step);
        e.preventDefault();
      }
    });
  }

  private step(step: number): void {
    const to = this.beside(this.row, step);
    if (to >= 0) void this.show(to);
  }

  private bar(): HTMLElement {
    const button = (text: string, act: () => void) => {
      const b = el("button", { type: "button" }, text);
      b.addEventListener("click", act);
      return b;
    };
    return el("div", { class: "bar" },
      button(words.previous, () => this.step(-1)), button(words.next, () => this.step(1)),
      button(words.close, () => this.element.close()));
  }

  async show(row: number): Promise<void> {
    this.row = row;
    const { data } = this;
    const title = el("h2", { id: "detail-title", tabindex: -1 }, data.word("title", row));
    const head = [this.bar(), title];
    this.element.replaceChildren(...head, el("p", {}, words.loading));
    if (!this.element.open) this.element.showModal();
    const f = await data.finding(row);
    if (this.row !== row) return; // another one was asked for meanwhile
    this.element.replaceChildren(...head, ...this.content(row, f));
    this.element.scrollTop = 0;
    title.focus();
  }

  private origin(row: number): HTMLElement | null {
    const { data } = this;
    const initiator = data.word("initiator", row);
    const where = [data.word("network", row), data.word("country", row)].filter((w) => w !== "");
    if (initiator === "") return null;
    return el("p", {}, el("strong", {}, bdi(initiator)),
      data.word("address", row) !== "" ? ` (${data.word("address", row)})` : "",
      where.length > 0 ? ` ${words.seems} ` : "", where.length > 0 ? bdi(where.join(", ")) : null);
  }

  private assumes(row: number): string[] {
    const bits = this.data.number("assumes", row);
    return this.data.columns.assumptions.filter((_, i) => (bits >> i) & 1);
  }

  private content(row: number, f: Finding): (Node | string)[] {
    const { data } = this;
    const first = data.number("first", row);
    const parts: Child[] = [
      this.origin(row),
      el("p", {}, bdi(data.columns.act[row]!), "."),
      el("p", {}, `${time(first)} – ${time(data.last(row))} UTC (${span(data.number("length", row))})`),
      places(f),
      section(words.step, el("p", { class: "step" }, f.next_step),
        el("p", {}, el("strong", {}, `${words.innocent}: `), f.innocent_explanation)),
      section(words.assumes, list(this.assumes(row))),
      section(words.pictureTargets, picture(f, dotsOf(f))),
      section(words.numbers, numbers(f), el("dl", {}, ...samples(f),
        entry(words.definition, f.definition), entry(words.id, el("code", {}, f.id)),
        ...(f.part_of ? [entry(words.partOf, el("code", {}, f.part_of))] : []))),
      packets(f),
      marks(f),
      ladder(f),
      notice(f),
    ];
    return parts.filter((c): c is Node | string => c !== null);
  }
}
