// Makes JavaScript and types of the component, in `generated`, by the library behind jco.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { transpile } from "@bytecodealliance/jco-transpile";

const { files } = await transpile("ensurepip.wasm", {
  name: "ensurepip",
  instantiation: "sync",
  outDir: "generated",
  // Errors have a stack, and what the component rejects as `payload`. `jco` does the same unless asked not to.
  noComponentErrorWrapping: false,
});
rmSync("generated", { recursive: true, force: true });
for (const [name, contents] of Object.entries(files)) {
  mkdirSync(dirname(name), { recursive: true });
  writeFileSync(name, contents);
}
