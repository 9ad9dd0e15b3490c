#!/usr/bin/env node
// The command line of the host: `ensurepip-component --help`, or `node bootstrap.js --help`.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { install } from "./index.js";

const USAGE = `usage: ensurepip-component --root DIR [--python PATH | --facts FILE] [OPTION...]

  --root DIR       install below DIR
  --wheel FILE     the wheel of pip (default: that of this package)
  --python PATH    for this Python, which is run (default: python3)
  --facts FILE     for the Python that this JSON describes, which is not run
  -U, --upgrade    replace an older pip
  --altinstall     install only the script pipX.Y
  --default-pip    install the script pip as well as pipX and pipX.Y
  --no-compile     compile no bytecode`;

/** Ends the program because of a wrong command line. */
function fail(message) {
  console.error(`error: ${message}\n\n${USAGE}`);
  process.exit(2);
}

/** The options of the command line. */
function parse(options) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return fail(error.message);
  }
}

const options = parse({
  help: { type: "boolean", short: "h", default: false },
  root: { type: "string" },
  wheel: { type: "string" },
  python: { type: "string" },
  facts: { type: "string" },
  upgrade: { type: "boolean", short: "U", default: false },
  altinstall: { type: "boolean", default: false },
  "default-pip": { type: "boolean", default: false },
  "no-compile": { type: "boolean", default: false },
});
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
if (!options.root || (options.python && options.facts)) {
  fail("give --root, and at most one of --python and --facts");
}
if (options.altinstall && options["default-pip"]) {
  fail("--altinstall and --default-pip contradict each other");
}

const { python = "python3" } = options;
const { SOURCE_DATE_EPOCH: epoch } = process.env;
try {
  const kept = install({
    root: options.root,
    wheel: options.wheel,
    python,
    facts: options.facts ? JSON.parse(readFileSync(options.facts, "utf8")) : undefined,
    scripts: options.altinstall ? "alternate" : options["default-pip"] ? "default-pip" : "versioned",
    upgrade: options.upgrade,
    // What is known from a file alone is not run.
    compile: !options.facts && !options["no-compile"],
    sourceDateEpoch: epoch ? BigInt(epoch) : undefined,
  });
  console.log(kept ? `kept ${kept}` : "installed");
} catch (error) {
  // What the component rejects is the payload. A file that cannot be read has a code of the system, and a
  // Python that fails has an exit status; it has printed the reason.
  const { payload, code, status } = error;
  if ((payload ?? code ?? status) === undefined) throw error;
  const reason = code ? error.message : `\`${python}\` ended with exit status ${status}`;
  const { tag = reason, val = "" } = payload ?? {};
  console.error(`error: ${tag}`, val);
  process.exitCode = 1;
}
