// The module, as the bundler puts it into the page: base64.
declare module "verifier.wasm" {
  const base64: string;
  export default base64;
}
