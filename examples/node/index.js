// The package's entry: installs the wheel of pip that is in the package, unless another one is named. In the
// repository of `ensurepip-host` there is none.

import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { install as installWheel } from "./install.js";

/** Installs pip for a Python, below a root. Returns the version that is installed if that stays. */
export function install({ wheel = bundledWheel(), ...options }) {
  return installWheel(wheel, options);
}

/** The wheel of pip in this package. */
function bundledWheel() {
  const here = new URL("./", import.meta.url);
  const name = readdirSync(here).find((file) => /^pip-.*\.whl$/.test(file));
  if (name === undefined) {
    throw Object.assign(new Error("there is no wheel of pip here: name one"), { code: "ENOENT" });
  }
  return fileURLToPath(new URL(name, here));
}
