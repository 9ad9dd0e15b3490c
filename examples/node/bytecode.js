// Compiles bytecode by `compile.py` of `ensurepip-host`, so that the bytes are the same.

import { spawnSync } from "node:child_process";
import { script } from "./python.js";

const INVALID = 2n ** 64n - 1n;

/** Compiles the sources of a transaction, and adds what comes of them. */
export function compileSources(python, { sources, checkedHash }, wheel, transaction) {
  const contents = wheel.read(Uint32Array.from(sources, ({ entry }) => entry));
  const requests = sources.flatMap(({ path, modified }, number) => {
    const name = Buffer.from(path);
    const header = Buffer.alloc(24);
    const sizes = [BigInt(name.length), BigInt(contents[number].length), modified];
    sizes.forEach((size, index) => header.writeBigUInt64LE(size, index * 8));
    return [header, name, contents[number]];
  });
  const answers = run(python, checkedHash ? "checked-hash" : "timestamp", Buffer.concat(requests));
  let position = 0;
  const bytecode = sources.flatMap((_, source) => {
    const size = answers.readBigUInt64LE(position);
    position += 8;
    // Not valid in this Python.
    if (size === INVALID) return [];
    const start = position;
    position += Number(size);
    return [{ source, contents: answers.subarray(start, position) }];
  });
  transaction.addBytecode(bytecode);
}

/** Runs a Python by itself, without variables of its own except for the seed of its hashes, on which
 * bytecode depends before 3.11. */
function run(python, kind, input) {
  const foreign = Object.entries(process.env).filter(([name]) => !name.includes("PYTHON"));
  const env = { ...Object.fromEntries(foreign), PYTHONHASHSEED: "0" };
  const options = ["-s", "-S", "-B", "-c", script("compile.py"), kind];
  const done = spawnSync(python, options, { input, env, maxBuffer: 2 ** 28 });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`\`${python}\` failed: ${done.stderr}`);
  return done.stdout;
}
