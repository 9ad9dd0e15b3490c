// A host of the component of `ensurepip-host`, which jco has made into JavaScript: loads it, answers its
// imports, and calls it in order.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as zlib from "node:zlib";
import { _setPreopens } from "@bytecodealliance/preview2-shim/filesystem";
import { WASIShim } from "@bytecodealliance/preview2-shim/instantiation";
import { compileSources } from "./bytecode.js";
import { instantiate } from "./generated/ensurepip.js";
import { ask, record } from "./python.js";
import * as target from "./target.js";

const REQUEST = { scripts: "versioned", upgrade: false, compile: true, dependencies: [] };

/** Installs a wheel of pip for a Python, below a root. `request` is as in the contract. Returns the
 * version that is installed if that stays. Any failure leaves the target as it was; what the component
 * rejects is the `payload` of an error. */
export function install(wheelFile, { root, python = "python3", facts = ask(python), ...request }) {
  const { installer } = load();
  // Nobody has vouched for the digest of the wheel.
  const wheel = new installer.Wheel(basename(wheelFile), readFileSync(wheelFile), false);
  const given = [[wheel], record(facts), { ...REQUEST, ...request }];
  _setPreopens({});
  // Nothing is granted yet: this plan names the directories that are needed.
  const [{ scheme, grants }] = installer.plan(...given);
  const undo = [];
  const find = (role) => [role, target.find(root, scheme[role], undo)];
  try {
    const { scripts, ...directories } = Object.fromEntries([...grants, "scripts"].map(find));
    _setPreopens(directories);
    const transaction = installer.Transaction.begin(...given);
    const details = transaction.details();
    if (details.actions[0].tag === "keep") return details.actions[0].val.version;
    undo.push(() => transaction.rollback());
    transaction.stage();
    if (details.sources.length > 0) compileSources(python, details, wheel, transaction);
    const written = target.writeScripts(scripts, details, facts.shebang, undo);
    for (const { role, path, executables } of transaction.addMetadata(written)) {
      target.setModes(join(directories[role], path), executables);
    }
    transaction.displace();
    target.publishScripts(scripts, details, undo);
    transaction.complete();
    undo.length = 0;
    target.sweep(scripts);
  } finally {
    while (undo.length > 0) undo.pop()();
    _setPreopens({});
  }
}

/** The component, with the imports that its contract asks of a host. */
function load() {
  return instantiate(
    (name) => new WebAssembly.Module(readFileSync(new URL(`generated/${name}`, import.meta.url))),
    {
      ...new WASIShim().getImportObject(),
      "ensurepip:bootstrap/digests": { of: digest },
      "ensurepip:bootstrap/progress": { report: () => "proceed" },
    },
  );
}

/** The digests of some contents. Undefined before Node.js 20.15, which has no CRC-32. */
function digest(contents) {
  if (!("crc32" in zlib)) return undefined;
  return { sha256: createHash("sha256").update(contents).digest(), crc32: zlib.crc32(contents) };
}
