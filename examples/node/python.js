// What is known of a Python, by running it with a script of `ensurepip-host`.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** A script of `ensurepip-host`. */
export function script(name) {
  return readFileSync(new URL(name, import.meta.url), "utf8");
}

/** Asks a Python what it is. The answer can be kept as JSON. */
export function ask(python) {
  const answer = execFileSync(python, ["-I", "-B", "-c", script("query.py")]);
  return JSON.parse(answer.toString().trim().split("\n").at(-1)).facts;
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
