// web/report/data.ts - the findings in the page (src/report/page_data.c writes them).

export type WordColumn =
  "definition" | "kind" | "title" | "initiator" | "victim" | "network" | "country" | "address" |
  "whole";
export type NumberColumn =
  "first" | "length" | "size" | "targets" | "ports" | "question" | "weight" | "group" | "assumes";

type Columns = Record<WordColumn | NumberColumn, number[]> & {
  rows: number;
  chunk: number;
  id: string[];
  act: string[];
  words: string[];
  assumptions: string[];
};

interface Packed {
  shapes: string[];
  values: unknown[];
  rows: number[][];
}

/* What --json writes of a finding, as far as it is shown here. */
export interface Statement {
  source: string; date?: string; about: string; code?: string; asn?: number; text?: string;
  first?: string; last?: string; flag?: string;
}
export interface Rung {
  rung: string; word: string; answer?: string; confidence?: string; basis?: string;
  sources?: number[]; supports?: string[]; weakens?: string[]; refuted_by?: string;
  only_they_can_tell?: string;
  tests?: { name: string; given: string; chance: number; likelihood?: string }[];
}
export interface Place { input: string; offset: number }
export interface Finding {
  [field: string]: unknown;
  id: string; definition: string; first: string; last: string; protocol: string;
  first_at?: Place; last_at?: Place;
  port_list?: number[]; target_sample?: string[]; source_sample?: string[];
  user_sample?: string[]; path_sample?: string[];
  flow_sample?: { time: string; source_port: number; target_port?: number }[];
  decided: { counter: string; counted: number; threshold: number };
  tool: { name: string; formula: string; matched: number; of: number; chance: number | null }[];
  part_of?: string;
  origin?: {
    statements?: Statement[]; sources?: { name: string; date?: string; family?: string }[];
    located?: { dissent?: boolean }; registered?: { dissent?: boolean };
  };
  ladder?: { rungs: Rung[]; stops: string };
  innocent_explanation: string; next_step: string;
}

async function open(block: string): Promise<unknown> {
  const text = atob(block);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(plain).text());
}

// The inverse of src/report/page_pack.h.
function unpack(packed: Packed): string[] {
  const shapes = packed.shapes.map((s) => s.split("?"));
  const last = new Map<number, number[]>();
  let next = 0;
  return packed.rows.map((row) => {
    const shape = row[row.length - 1]!;
    const before = last.get(shape);
    const now: number[] = [];
    for (let i = 0; i + 1 < row.length; i++) {
      const v = row[i]!;
      now.push(v === 0 ? before![i]! : v === 1 ? next++ : v - 2);
    }
    last.set(shape, now);
    const parts = shapes[shape]!;
    let line = "";
    for (let i = 0; i < now.length; i++) {
      line += parts[i]! + JSON.stringify(packed.values[now[i]!]);
    }
    return line + parts[parts.length - 1]!;
  });
}

export class Data {
  readonly n: number;
  private readonly opened = new Map<number, Promise<string[]>>();

  private constructor(readonly columns: Columns, private readonly blocks: Element[]) {
    this.n = columns.rows;
  }

  static async read(): Promise<Data> {
    const of = (kind: string) => [...document.querySelectorAll(`script[data-block=${kind}]`)];
    const columns = await open(of("columns")[0]?.textContent ?? "");
    return new Data(columns as Columns, of("findings"));
  }

  word(column: WordColumn, row: number): string {
    return this.columns.words[this.columns[column][row]!]!;
  }

  number(column: NumberColumn, row: number): number {
    return this.columns[column][row]!;
  }

  last(row: number): number {
    return this.columns.first[row]! + this.columns.length[row]!;
  }

  async finding(row: number): Promise<Finding> {
    const chunk = Math.floor(row / this.columns.chunk);
    let lines = this.opened.get(chunk);
    if (!lines) {
      const block = this.blocks[chunk]?.textContent ?? "";
      lines = open(block).then((p) => unpack(p as Packed));
      this.opened.set(chunk, lines);
    }
    return JSON.parse((await lines)[row % this.columns.chunk]!) as Finding;
  }
}
