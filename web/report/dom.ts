// web/report/dom.ts - elements out of text. Nothing here takes markup.

type Child = Node | string | null;
type Attributes = Record<string, string | number | boolean>;

function fill<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false) element.setAttribute(name, String(value));
  }
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

export function el<K extends keyof HTMLElementTagNameMap>(
  name: K, attributes: Attributes = {}, ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(name), attributes, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(
  name: K, attributes: Attributes = {}, ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

// What comes from inputs may run from right to left.
export function bdi(text: string): HTMLElement {
  return el("bdi", {}, shown(text));
}

// What deceives the eye is spelled out (Unicode TR 36), as the program does it.
const deceptive =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;
export function shown(text: string): string {
  return text.replace(deceptive, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}

const grouped = new Intl.NumberFormat("en");
export function count(n: number): string {
  return grouped.format(n);
}

export function time(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

export function span(ms: number): string {
  const s = ms / 1000;
  if (s < 60) return `${s.toFixed(1)} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  if (s < 172800) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86400)} d`;
}

export function option(value: string, text: string): HTMLOptionElement {
  return el("option", { value }, text);
}

export function labelled(text: string, control: HTMLElement): HTMLLabelElement {
  return el("label", {}, el("span", {}, text), control);
}
