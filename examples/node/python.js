// What is known of a Python, and bytecode: both by running it, with the two scripts that
// ensurepip-host itself runs.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const script = (name) => readFileSync(new URL(`../../host/src/${name}`, import.meta.url), "utf8");

/** Asks a Python what it is. The answer can be kept as JSON. */
export function ask(python) {
  const asked = run(python, ["-I", "-B", "-c", script("interpreter/query.py")]);
  const answer = JSON.parse(asked.toString().trim().split("\n").at(-1));
  if (answer.result !== "python") throw new Error(`\`${python}\` is too old: ${answer.version}`);
  return answer.facts;
}

/** The record `python` of the contract, of such an answer. */
export function record(facts) {
  const [major, minor, micro] = facts.version;
  return {
    version: { major, minor, micro },
    implementation: facts.implementation,
    cacheTag: facts.cache_tag ?? undefined,
    os: facts.os,
    platform: facts.platform,
    prefix: facts.prefix,
    execPrefix: facts.exec_prefix,
    basePrefix: facts.base_prefix,
    baseExecPrefix: facts.base_exec_prefix,
    platlibdir: facts.platlibdir,
    abiflags: facts.abiflags,
    freeThreaded: facts.free_threaded,
    winver: facts.winver ?? undefined,
    userBase: facts.user_base ?? undefined,
    schemeSource: { tag: "reported", val: facts.paths },
  };
}

/** Compiles sources; what is no valid source in this Python has no bytecode. */
export function compile(python, sources, invalidation) {
  const requests = sources.flatMap(({ path, modified, contents }) => {
    const name = Buffer.from(path);
    const sizes = [BigInt(name.length), BigInt(contents.length), modified];
    const header = Buffer.alloc(24);
    sizes.forEach((size, index) => header.writeBigUInt64LE(size, index * 8));
    return [header, name, contents];
  });
  const code = script("bytecode/compile.py");
  const options = ["-s", "-S", "-B", "-c", code, invalidation];
  const answers = run(python, options, Buffer.concat(requests));
  let position = 0;
  return sources.map(() => {
    const size = answers.readBigUInt64LE(position);
    position += 8;
    if (size === 2n ** 64n - 1n) return undefined;
    const start = position;
    position += Number(size);
    return new Uint8Array(answers.subarray(start, position));
  });
}

/** Runs a Python by itself, without variables of its own but for the seed of its hashes, on which
 * bytecode depends before 3.11. */
function run(python, options, input = Buffer.alloc(0)) {
  const foreign = Object.entries(process.env).filter(([name]) => !name.includes("PYTHON"));
  const env = { ...Object.fromEntries(foreign), PYTHONHASHSEED: "0" };
  const done = spawnSync(python, options, { input, env, maxBuffer: 2 ** 28 });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`\`${python}\` failed: ${done.stderr}`);
  return done.stdout;
}
