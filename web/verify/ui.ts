// ui.ts - the page's form.
import { verify, type Answer } from "./page";

function byId<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

const form = byId<HTMLFormElement>("form");
const status = byId("status");
const result = byId("result");
const save = byId<HTMLButtonElement>("save");
const said = ["Every claim holds under your policy.", "A claim does not hold.", "It could not be told."];
let last: Answer | undefined;

async function read(id: string): Promise<Uint8Array | undefined> {
  const file = byId<HTMLInputElement>(id).files?.[0];
  return file === undefined ? undefined : new Uint8Array(await file.arrayBuffer());
}

function show(a: Answer): void {
  last = a;
  status.dataset["exit"] = String(a.exit);
  status.textContent = said[a.exit] ?? "";
  result.textContent = a.text;
  result.hidden = false;
  save.hidden = a.json === "";
}

async function submit(): Promise<void> {
  result.hidden = true;
  save.hidden = true;
  delete status.dataset["exit"];
  status.textContent = "Working…";
  await new Promise((done) => setTimeout(done)); // let the browser draw that
  const exhibit = await read("exhibit");
  const pasted = byId<HTMLTextAreaElement>("policy-text").value;
  const policy = (await read("policy")) ?? new TextEncoder().encode(pasted);
  if (exhibit === undefined || policy.length === 0) {
    status.textContent = "Choose an exhibit, and a policy: a file, or its text.";
    return;
  }
  show(await verify(exhibit, policy, BigInt(Math.floor(Date.now() / 1000))));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit().catch((e: unknown) => {
    status.textContent = e instanceof Error ? e.message : String(e);
  });
});

save.addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([last?.json ?? ""], { type: "application/json" }));
  link.download = "verification.json";
  link.click();
  URL.revokeObjectURL(link.href);
});
