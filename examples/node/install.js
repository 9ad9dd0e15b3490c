// The component, loaded, with the imports that its contract asks of a host, and the order of calls:
// resolve, open what that names, plan, make what is missing, apply.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as zlib from "node:zlib";
import { _setPreopens } from "@bytecodealliance/preview2-shim/filesystem";
import { WASIShim } from "@bytecodealliance/preview2-shim/instantiation";
import { instantiate } from "./generated/ensurepip.js";
import { Directories, normalize } from "./directories.js";
import { compile, record } from "./python.js";
import { Scripts } from "./scripts.js";

/** A failure whose words the component takes as its own error. */
function words(action) {
  return (...values) => {
    try {
      return action(...values);
    } catch (error) {
      throw Object.assign(new Error(error.message), { payload: error.message });
    }
  };
}

/** The digests of some contents. */
function digest(contents) {
  return { sha256: createHash("sha256").update(contents).digest(), crc32: zlib.crc32(contents) };
}

/** Installs a wheel below a root. Throws what the component answers, as `payload` of an error, and
 * then leaves the root as it was. */
export function install({ root, facts, compiler, wheel, request, onProgress = () => "proceed" }) {
  const directories = new Directories(root);
  const brought = [];
  let granted = {};
  let scripts;

  const { installer } = instantiate(
    (name) => new WebAssembly.Module(readFileSync(new URL(`generated/${name}`, import.meta.url))),
    {
      ...new WASIShim().getImportObject(),
      // CRC-32 came with Node.js 20.15.
      "ensurepip:bootstrap/digests": { available: () => "crc32" in zlib, of: digest },
      "ensurepip:bootstrap/helpers": { count: () => 0, stage() {}, staged: () => [] },
      "ensurepip:bootstrap/interpreter": {
        recall: (portions) => portions.map(() => false),
        compile: (sources, invalidation) => void brought.push([sources, invalidation]),
        compiled: words(() => compile(compiler, ...brought.shift())),
      },
      "ensurepip:bootstrap/shims": {
        stage: words((...wanted) => scripts.stage(...wanted)),
        publish: words(() => scripts.publish()),
        withdraw: () => scripts.undo(),
      },
      "ensurepip:bootstrap/permissions": {
        normalize: words((role, path, files) => normalize(join(granted[role], path), files)),
      },
      "ensurepip:bootstrap/progress": { report: onProgress },
    },
  );
  /** From now on, the component has these directories. This shim knows no read-only ones. */
  const grant = (scheme, roles, make) => {
    const found = roles.map((role) => [role, directories.find(scheme[role], make)]);
    granted = Object.fromEntries(found.filter(([, path]) => path !== undefined));
    _setPreopens(granted);
    scripts = new Scripts(directories.find(scheme.scripts, make), facts.shebang);
  };

  const python = record(facts);
  const wanted = { ...request, compile: compiler !== undefined };
  _setPreopens({});
  const given = new installer.Wheel(wheel.name, wheel.contents, wheel.trusted);
  const { scheme, grants } = installer.resolve(given, python);
  grant(scheme, grants, false);
  const plan = installer.plan(given, python, wanted);
  if (plan.action.tag === "keep") return plan;

  try {
    grant(scheme, grants, true);
    const report = installer.apply(given, python, wanted);
    scripts.finish();
    return report;
  } catch (error) {
    scripts.undo();
    directories.undo();
    throw error;
  } finally {
    _setPreopens({});
  }
}
