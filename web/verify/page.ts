// page.ts - the page around the verifier: files in, the verifier's own words out.
//
// The module (page.c) decides; this only hands it bytes and shows what it says.
// Nothing is fetched: the module stands in the page, and the page's policy for
// content forbids any connection.
import { CURVE, Point } from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha512";
import module64 from "verifier.wasm";

interface Verifier {
  memory: WebAssembly.Memory;
  _initialize(): void;
  page_self_check(): number;
  page_alloc(n: number): number;
  page_free(p: number): void;
  page_verify(exhibit: number, exhibitN: number, policy: number, policyN: number, nowS: bigint): number;
  page_answer(json: number): number;
  page_answer_size(json: number): number;
}

export interface Answer {
  exit: number;
  text: string;
  json: string;
}

function littleEndian(b: Uint8Array): bigint {
  return b.reduceRight((n, byte) => (n << 8n) | BigInt(byte), 0n);
}

function times(p: Point, n: bigint): Point {
  return n === 0n ? Point.ZERO : p.multiply(n, false);
}

// RFC 8032, 5.1.7, without the cofactor and with R compared as bytes: what OpenSSL
// does, so that this page and the other programs never differ on a strange signature.
function ed25519(key: Uint8Array, sig: Uint8Array, data: Uint8Array): boolean {
  const s = littleEndian(sig.subarray(32));
  if (s >= CURVE.n) {
    return false;
  }
  const k = littleEndian(sha512.create().update(sig.subarray(0, 32)).update(key).update(data).digest()) % CURVE.n;
  const r = times(Point.BASE, s).add(times(Point.fromBytes(key, false).negate(), k)).toBytes();
  return r.every((byte, i) => byte === sig[i]);
}

function hosted(memory: () => WebAssembly.Memory): WebAssembly.Imports {
  const at = (p: number, n: number): Uint8Array => new Uint8Array(memory().buffer, p, n);
  return {
    host: {
      ed25519_verify(key: number, sig: number, data: number, n: number): number {
        try {
          return ed25519(at(key, 32), at(sig, 64), at(data, n)) ? 1 : 0;
        } catch {
          return 0; // the key is not the encoding of a point
        }
      },
    },
    // The C library asks for these when a check inside the module fails, and then stops.
    wasi_snapshot_preview1: new Proxy({}, { get: (_, name) => (): never => {
      throw new Error(`the verifier stopped (${String(name)})`);
    } }),
  };
}

function bytesOf(text64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text64), (c) => c.charCodeAt(0));
}

let compiled: Promise<WebAssembly.Module> | undefined;

// A new instance for each exhibit: what one did to the memory ends with it.
async function start(): Promise<Verifier> {
  compiled ??= WebAssembly.compile(bytesOf(module64));
  let v: Verifier;
  const instance = await WebAssembly.instantiate(await compiled, hosted(() => v.memory));
  v = instance.exports as unknown as Verifier;
  v._initialize();
  const wrong = v.page_self_check();
  if (wrong !== 0) {
    throw new Error(`this browser computes wrongly (check ${wrong}): nothing is verified`);
  }
  return v;
}

function give(v: Verifier, data: Uint8Array): number {
  const p = v.page_alloc(data.length);
  if (p === 0) {
    throw new Error("not enough memory for this file");
  }
  new Uint8Array(v.memory.buffer, p, data.length).set(data);
  return p;
}

function answer(v: Verifier, json: boolean): string {
  const p = v.page_answer(json ? 1 : 0);
  const n = v.page_answer_size(json ? 1 : 0);
  return new TextDecoder().decode(new Uint8Array(v.memory.buffer, p, n));
}

export async function verify(exhibit: Uint8Array, policy: Uint8Array, nowS: bigint): Promise<Answer> {
  const v = await start();
  const exit = v.page_verify(give(v, exhibit), exhibit.length, give(v, policy), policy.length, nowS);
  return { exit, text: answer(v, false), json: answer(v, true) };
}
