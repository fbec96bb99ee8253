// tests/page/report.mjs EXHIBIT ROOT - the report's page in a real browser, against the
// program: the same numbers, filters, details, keys, accessibility, no request, no breach
// of its own policy, hostile strings, sizes and times. TAP on standard output.
//
// EXHIBIT_SCREENSHOTS=FOLDER: pictures of it, to look at.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [EXHIBIT, ROOT] = process.argv.slice(2).map((p) => resolve(p));
const WEB = join(ROOT, "web/report");
const CHROMIUM = "/usr/bin/chromium";
const TEN_THOUSAND_BYTES = 3_000_000;
const READY_MS = 1000;
const SCREENSHOTS = process.env.EXHIBIT_SCREENSHOTS;
const folder = mkdtempSync(join(tmpdir(), "page"));
const env = { ...process.env, LC_ALL: "C.UTF-8", TZ: "UTC", XDG_DATA_HOME: folder };
delete env.EXHIBIT_HOME;

// --- TAP --------------------------------------------------------------------------------

let points = 0;
let bad = 0;
function ok(name, good, why = "") {
  points++;
  if (!good) {
    bad++;
    console.log(`# ${name}: ${String(why).slice(0, 2000).replace(/\n/g, "\n# ")}`);
  }
  console.log(`${good ? "ok" : "not ok"} ${points} - ${name}`);
}
const same = (name, got, want) =>
  ok(name, JSON.stringify(got) === JSON.stringify(want), `${JSON.stringify(got)}, not ${JSON.stringify(want)}`);
const none = (name, list) => ok(name, list.length === 0, list.slice(0, 8).join("\n"));

function done() {
  rmSync(folder, { recursive: true, force: true });
  console.log(`1..${points}`);
  process.exit(bad > 0 ? 1 : 0);
}

function skip(why) {
  if (process.env.CI === "true") ok(why, false, "needed under CI=true");
  else console.log(`ok ${++points} - the page in a browser # SKIP ${why}`);
  done();
}

// --- material ----------------------------------------------------------------------------

function exhibit(...args) {
  const said = spawnSync(EXHIBIT, args, { env, encoding: "utf8", maxBuffer: 1 << 30, cwd: ROOT });
  if (said.status !== 0 && said.status !== 2) throw new Error(`${args}: ${said.status}: ${said.stderr}`);
  return said.stdout;
}

const findings = (...args) => exhibit("analyze", "-q", "--no-store", "--json", ...args).split("\n")
  .filter((l) => l !== "").map((l) => JSON.parse(l)).filter((l) => l.type === "finding");

function report(name, ...args) {
  const file = join(folder, `${name}.html`);
  exhibit("report", "-q", "-o", file, ...args);
  return file;
}

function put(name, text) {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const EXAMPLES = ["examples/scan.pcap", "examples/auth.log"].map((f) => join(ROOT, f));

function sharedFiles() {
  const shared = process.env.EXHIBIT_SHARED ?? join(ROOT, "../shared");
  const names = ["pcap/scan/ndpi-synscan.pcap", "pcap/scan/slips-test12-icmp-sweep.pcap",
    "logs/web/elastic-apache_logs", "logs/sshd/elastic-auth.log"];
  const files = names.map((n) => join(shared, "captures", n));
  return files.every(existsSync) ? files : null;
}

// So many findings, each by another address, at another time.
function many(n) {
  const base = findings(...EXAMPLES);
  let state = 1;
  const random = (most) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * most);
  };
  const lines = [];
  for (let i = 0; i < n; i++) {
    const f = { ...base[i % base.length] };
    const who = `${1 + random(9)}.${random(256)}.${random(256)}.${random(256)}`;
    const t = 1_700_000_000_000 + random(30 * 86_400) * 1000;
    if (f.initiator) f.initiator = who;
    f.remote = who;
    f.side = "outside";
    f.first = new Date(t).toISOString().replace("Z", "000000Z");
    f.last = new Date(t + random(3600) * 1000).toISOString().replace("Z", "000000Z");
    f.id = (i.toString(16) + "f".repeat(32)).padStart(36, "0").slice(0, 32);
    f.id = `${(Math.imul(i, 2654435761) >>> 0).toString(16).padStart(8, "0")}${f.id.slice(0, 8)}${i.toString(16).padStart(16, "0")}`;
    delete f.first_at;
    delete f.last_at;
    delete f.flow_sample;
    lines.push(JSON.stringify(f));
  }
  return lines.join("\n") + "\n";
}

// --- the browser --------------------------------------------------------------------------

function tools() {
  if (!existsSync(CHROMIUM)) skip("no chromium");
  if (!existsSync(join(WEB, "node_modules/playwright-core"))) {
    const npm = spawnSync("npm", ["ci", "--silent", "--prefix", WEB], { encoding: "utf8" });
    if (npm.status !== 0) skip(`npm ci: ${npm.stderr}`);
  }
  const require = createRequire(join(WEB, "package.json"));
  return { chromium: require("playwright-core").chromium,
    axe: readFileSync(require.resolve("axe-core/axe.min.js"), "utf8") };
}

const { chromium, axe } = tools();
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });

async function open(file, { hash = "", ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on("console", (m) => wrong.push(m.text()));
  page.on("pageerror", (e) => wrong.push(e.message));
  page.on("dialog", (d) => { wrong.push(`dialog: ${d.message()}`); void d.dismiss(); });
  page.on("request", (r) => { if (r.url() !== `file://${file}${hash}` && r.url() !== `file://${file}`) wrong.push(r.url()); });
  await page.goto(`file://${file}${hash}`);
  if (options.javaScriptEnabled !== false) await page.waitForSelector("html.scripted", { state: "attached" });
  return { page, wrong, close: () => context.close() };
}

async function shot(page, name, options = {}) {
  if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), ...options });
}

const plain = (text) => text.replace(/\s+/g, " ").trim();
const shown = async (page) => plain(await page.textContent("#count"));
const rows = (page) => page.$$eval("#app tbody tr[data-line]", (l) => l.map((r) => r.textContent));
const tick = (page) => page.evaluate(() => new Promise((r) => requestAnimationFrame(() => setTimeout(r, 0))));

// --- claims --------------------------------------------------------------------------------

async function itReadsWithoutScripts(file) {
  const { page, wrong, close } = await open(file, { javaScriptEnabled: false });
  const text = plain(await page.innerText("main"));
  const terminal = exhibit("analyze", "-q", "--no-store", ...EXAMPLES);
  const first = terminal.split("\n\n").slice(1, 4).join("\n").split("\n")
    .filter((l) => !l.includes("See more:")).map((l) => l.trim());
  const missing = plain(first.join(" ")).split(/(?<=[.?]) /).filter((s) => !text.includes(s));
  none("the first screen has the sentences of the terminal", missing);
  same("every finding is an article", await page.locator("article").count(), findings(...EXAMPLES).length);
  ok("what needs a script is not shown", !(await page.isVisible("#app")));
  ok("the word that only a verifier may say is not in it", !/verified/i.test(readFileSync(file, "utf8").replace(/<script[^]*?<\/script>/g, "")));
  none("nothing goes wrong without scripts", wrong);
  await shot(page, "no-script", { fullPage: true });
  await close();
}

async function theTableSaysWhatJsonSays(file, inputs, name) {
  const want = findings(...inputs);
  const { page, wrong, close } = await open(file);
  same(`${name}: as many findings`, await shown(page), `${want.length} findings`);
  const kinds = [...new Set(want.map((f) => f.kind))].sort();
  for (const kind of kinds) {
    await page.selectOption("form select >> nth=0", { label: kind });
    const n = want.filter((f) => f.kind === kind).length;
    const says = n === want.length ? `${n} findings` : `${n} of ${want.length} findings`;
    same(`${name}: ${kind}`, await shown(page), says);
  }
  none(`${name}: nothing goes wrong`, wrong);
  await shot(page, `table-${name}`, { fullPage: true });
  await close();
}

async function itFiltersSortsAndGroups(file) {
  const want = findings(...EXAMPLES);
  const { page, close } = await open(file);
  await page.fill("input[type=search]", "192.0.2.23");
  same("search by address", await shown(page), `1 of ${want.length} findings`);
  await page.fill("input[type=search]", want[3].id.slice(0, 10));
  same("search by number", await shown(page), `1 of ${want.length} findings`);
  await page.fill("input[type=search]", "nothing has this in it");
  same("search for nothing", await shown(page), `0 of ${want.length} findings`);
  await page.click("form button");
  same("all again", await shown(page), `${want.length} findings`);
  await page.click("th.c-size button");
  const sizes = await page.$$eval("#app td.c-size", (l) => l.map((c) => Number(c.textContent.replace(/,/g, ""))));
  ok("sorted by size", sizes.every((n, i) => i === 0 || sizes[i - 1] >= n) && sizes.length === want.length, sizes);
  same("and it says so", await page.getAttribute("th.c-size", "aria-sort"), "descending");
  await page.selectOption("form select >> nth=2", "initiator");
  same("a group for each initiator", (await rows(page)).length, new Set(want.map((f) => f.initiator)).size);
  await page.click("tr.group >> nth=0");
  const opened = (await rows(page)).length;
  ok("a group opens", opened > new Set(want.map((f) => f.initiator)).size, opened);
  await page.click("form button");
  await page.selectOption("form select >> nth=2", "");
  // The brush, by keyboard: the last ninetieth of the time.
  await page.focus(".brush input >> nth=0");
  await page.keyboard.press("End");
  const late = want.filter((f) => Date.parse(f.last) >= Math.max(...want.map((x) => Date.parse(x.last)))).length;
  same("the slider leaves what is of that time", await shown(page), `${late} of ${want.length} findings`);
  await page.click("form button");
  await page.locator("#timeline svg").scrollIntoViewIfNeeded();
  const box = await page.locator("#timeline svg").boundingBox();
  const x = (share) => box.x + (190 + share * 710) / 900 * box.width;
  await page.mouse.move(x(0), box.y + 30);
  await page.mouse.down();
  await page.mouse.move(x(0.05), box.y + 30, { steps: 4 });
  await page.mouse.up();
  const times = want.map((f) => [Date.parse(f.first), Date.parse(f.last)]);
  const begin = Math.min(...times.map((t) => t[0]));
  const n = times.filter((t) => t[0] <= begin + 0.05 * (Math.max(...times.map((t) => t[1])) - begin)).length;
  ok("dragging over the picture filters", (await shown(page)).startsWith(`${n} of `), `${await shown(page)}, ${n}`);
  await close();
}

async function aFindingIsThreeKeysAway(file) {
  const want = findings(...EXAMPLES);
  const { page, wrong, close } = await open(file);
  await page.focus(".box");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#detail ol.ladder");
  const id = (await page.evaluate(() => location.hash)).slice(3);
  const f = want.find((x) => x.id.startsWith(id));
  const text = plain(await page.innerText("#detail"));
  const parts = [f.innocent_explanation, f.next_step, f.definition, f.decided.counter, f.ladder.stops,
    ...f.ladder.rungs.flatMap((r) => [r.word, ...(r.supports ?? []), ...(r.weakens ?? [])])].map(plain);
  none("all that JSON tells is in it", parts.filter((p) => !text.includes(p)));
  const packets = await page.$$eval("#detail .packets tbody tr", (l) => l.map((r) => r.textContent));
  ok("with its packets and their places", packets.length > 20 && packets.every((p) => p.includes("scan.pcap")), packets[0]);
  same("and a dot for each", await page.locator("#detail .wide > svg .dot").count(), packets.length);
  const offset = Number(packets[0].match(/scan\.pcap ([\d,]+)/)[1].replace(/,/g, ""));
  const capture = readFileSync(EXAMPLES[0]);
  const seconds = capture.readUInt32LE(offset);
  ok("a packet's place is its record in the capture",
    packets[0].startsWith(new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")), packets[0]);
  await shot(page, "detail");
  await page.keyboard.press("Alt+ArrowRight");
  await page.waitForSelector(`#detail:not(:has-text("${f.id}")) ol.ladder`);
  await page.keyboard.press("Escape");
  ok("Escape closes it", !(await page.isVisible("#detail")));
  none("nothing goes wrong in details", wrong);
  await close();
  const linked = await open(file, { hash: `#f-${want[0].id}` });
  await linked.page.waitForSelector("#detail ol.ladder");
  ok("a link opens its finding", (await linked.page.innerText("#detail")).includes(want[0].id));
  await linked.close();
}

async function everybodyCanUseIt(file) {
  for (const [name, options] of Object.entries({
    wide: {}, dark: { colorScheme: "dark" }, phone: { viewport: { width: 360, height: 740 } },
    "phone, dark": { viewport: { width: 360, height: 740 }, colorScheme: "dark" } })) {
    const { page, close } = await open(file, { ...options, bypassCSP: true });
    const look = async (what) => {
      await page.evaluate(axe);
      const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      none(`axe, ${name}: ${what}`, result.violations.flatMap((v) =>
        v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary?.slice(0, 200)}`)));
    };
    await look("the page");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    ok(`${name}: nothing is wider than the screen`, wide <= 0, wide);
    await shot(page, `page-${name.replace(", ", "-")}`, { fullPage: true });
    await page.click("#app tbody tr[data-line] >> nth=2");
    await page.waitForSelector("#detail ol.ladder");
    await look("a finding");
    const inner = await page.evaluate(() => document.querySelector("#detail").scrollWidth - innerWidth);
    ok(`${name}: nor is a finding`, inner <= 0, inner);
    await close();
  }
  const { page, close } = await open(file, { javaScriptEnabled: true });
  await page.emulateMedia({ media: "print" });
  ok("printed, it is the page without scripts",
    (await page.isVisible("article >> nth=0")) && !(await page.isVisible("#app")));
  await close();
}

async function hostileStringsAreHarmless() {
  const evil = `</script><script>alert(1)</script><img/src=x/onerror=alert(2)>"'\u202e`;
  const user = evil.replace(/ /g, "");
  const lines = [];
  for (let i = 0; i < 40; i++) {
    lines.push(`Nov 23 10:10:${String(i).padStart(2, "0")} h sshd[${100 + i}]: Failed password for invalid user ${user}${i} from 203.0.113.9 port ${4000 + i} ssh2`);
  }
  const log = put("<b>evil.log", lines.join("\n") + "\n");
  const file = report("hostile", log);
  const html = readFileSync(file, "utf8");
  const scripts = html.match(/<script/g).length;
  const before = readFileSync(report("tame", EXAMPLES[1]), "utf8").match(/<script/g).length;
  same("no script more", scripts, before);
  const { page, wrong, close } = await open(file);
  await page.click("#app tbody tr[data-line] >> nth=0");
  await page.waitForSelector("#detail .packets");
  const text = await page.innerText("#detail");
  ok("the name is shown as it is", text.includes("<script>alert(1)</script>"), text.slice(0, 400));
  ok("what turns the direction is spelled out", !text.includes("\u202e") && text.includes("\\u{202e}"));
  same("it made no element", await page.locator("img, b").count(), 0);
  none("and ran nowhere", wrong);
  await close();
}

async function tenThousandAreSmallAndQuick() {
  const file = report("many", "--from", put("many.jsonl", many(10_000)));
  const bytes = statSync(file).size;
  console.log(`# 10,000 findings: ${bytes} bytes`);
  ok("10,000 findings take less than 3 MB", bytes < TEN_THOUSAND_BYTES, bytes);
  const { page, wrong, close } = await open(file);
  const ready = await page.evaluate(() => performance.getEntriesByName("ready")[0].startTime);
  console.log(`# ready after ${Math.round(ready)} ms`);
  ok("and are usable in less than a second", ready < READY_MS, ready);
  same("all of them", await shown(page), "10,000 findings");
  same("those that matter most are also articles", await page.locator("article").count(), 50);
  none("nothing goes wrong", wrong);
  await shot(page, "many");
  await close();
}

async function manyMoreStaySmooth() {
  const file = report("more", "--from", put("more.jsonl", many(65_000)));
  const { page, close } = await open(file);
  const took = await page.evaluate(async () => {
    const box = document.querySelector(".box");
    const times = [];
    for (let i = 0; i < 30; i++) {
      const t = performance.now();
      box.scrollTop = (i * 7919) % 60000 * 34;
      box.dispatchEvent(new Event("scroll"));
      times.push(performance.now() - t);
      await new Promise((r) => requestAnimationFrame(r));
    }
    return times.sort((a, b) => a - b)[15]; // others use the machine, too
  });
  console.log(`# 65,000 findings: a scroll step draws in ${took.toFixed(1)} ms`);
  ok("65,000 findings: scrolling is smooth", took < 50, took);
  const drawn = await page.locator("#app tbody tr").count();
  ok("only rows in sight are elements", drawn < 80, drawn);
  const t = Date.now();
  await page.fill("input[type=search]", "203.0");
  await tick(page);
  console.log(`# search: ${Date.now() - t} ms`);
  ok("a search answers in less than a second", Date.now() - t < 1000, Date.now() - t);
  await page.fill("input[type=search]", "");
  await page.evaluate(() => { const b = document.querySelector(".box"); b.scrollTop = b.scrollHeight; });
  await tick(page);
  ok("the last row can be reached", (await page.getAttribute("#app tbody tr[data-line] >> nth=-1", "data-line")) === "64999");
  await close();
}

async function theSameInputsGiveTheSameBytes() {
  const read = (n) => readFileSync(report(n, ...EXAMPLES));
  ok("the same inputs give the same bytes", read("one").equals(read("two")));
}

// --- all of it ------------------------------------------------------------------------------

try {
  execFileSync(join(WEB, "node_modules/.bin/tsc"), ["-p", WEB], { encoding: "utf8" });
  ok("the types of the script hold", true);
} catch (e) {
  ok("the types of the script hold", false, e.stdout);
}
try {
  const examples = report("examples", ...EXAMPLES);
  await itReadsWithoutScripts(examples);
  await theTableSaysWhatJsonSays(examples, EXAMPLES, "examples");
  const shared = sharedFiles();
  if (shared) await theTableSaysWhatJsonSays(report("shared", ...shared), shared, "real data");
  else if (process.env.CI === "true") ok("real data", false, "needed under CI=true");
  else console.log(`ok ${++points} - real data # SKIP no shared captures`);
  await itFiltersSortsAndGroups(examples);
  await aFindingIsThreeKeysAway(examples);
  await everybodyCanUseIt(examples);
  await hostileStringsAreHarmless();
  await tenThousandAreSmallAndQuick();
  await manyMoreStaySmooth();
  await theSameInputsGiveTheSameBytes();
} catch (e) {
  ok("it ran to its end", false, e.stack);
}
await browser.close();
done();
