// tests/page/run.mjs VERIFIER.mjs NOW POLICY FILE... - what the page's verifier says of
// each file: one JSON object a line, in order.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [verifier, now, policy, ...files] = process.argv.slice(2);
const { verify } = await import(pathToFileURL(verifier).href);
for (const file of files) {
  const read = (path) => new Uint8Array(readFileSync(path));
  console.log(JSON.stringify(await verify(read(file), read(policy), BigInt(now))));
}
