// What is known of a Python, by running it with a script of `ensurepip-host`.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** A script of `ensurepip-host`. */
export function script(name) {
  return readFileSync(new URL(name, import.meta.url), "utf8");
}

/** Asks a Python what it is. The answer can be kept as JSON. */
export function ask(python) {
  const run = spawnSync(python, ["-I", "-B", "-c", script("query.py")], { encoding: "utf8" });
  if (run.error || run.status !== 0) {
    const reason = run.error?.message ?? run.stderr.trim().split("\n").at(-1);
    throw Object.assign(new Error(`cannot ask the Python ${python}: ${reason}`), { code: "PYTHON" });
  }
  return JSON.parse(run.stdout.trim().split("\n").at(-1)).facts;
}

/** The record `python` of the contract, of such an answer. */
export function record(facts) {
  const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
  const fields = Object.entries(facts).map(([name, value]) => [camel(name), value ?? undefined]);
  const [major, minor, micro] = facts.version;
  return {
    ...Object.fromEntries(fields),
    version: { major, minor, micro },
    schemeSource: { tag: "reported", val: facts.paths },
  };
}
