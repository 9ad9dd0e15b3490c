// The command line: node bootstrap.js --root DIR --wheel FILE (--python PATH | --facts FILE) […]

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { install } from "./install.js";

const { values: options } = parseArgs({
  options: {
    root: { type: "string" },
    wheel: { type: "string" },
    python: { type: "string" },
    facts: { type: "string" },
    upgrade: { type: "boolean", short: "U", default: false },
    altinstall: { type: "boolean", default: false },
    "default-pip": { type: "boolean", default: false },
    "no-compile": { type: "boolean", default: false },
  },
});
if (!options.root || !options.wheel || !options.python === !options.facts) {
  console.error("error: give --root, --wheel, and one of --python and --facts");
  process.exit(2);
}
if (options.altinstall && options["default-pip"]) {
  console.error("error: --altinstall and --default-pip contradict each other");
  process.exit(2);
}

const { SOURCE_DATE_EPOCH: epoch } = process.env;
try {
  const kept = install(options.wheel, {
    root: options.root,
    python: options.python,
    facts: options.facts ? JSON.parse(readFileSync(options.facts, "utf8")) : undefined,
    scripts: options.altinstall ? "alternate" : options["default-pip"] ? "default-pip" : "versioned",
    upgrade: options.upgrade,
    // What is known from a file alone is not run.
    compile: options.python !== undefined && !options["no-compile"],
    sourceDateEpoch: epoch ? BigInt(epoch) : undefined,
  });
  console.log(kept ? `kept ${kept}` : "installed");
} catch (error) {
  if (error.payload === undefined) throw error;
  const { tag, val } = error.payload;
  console.error(`error: ${tag}`, val ?? "");
  process.exitCode = 1;
}
