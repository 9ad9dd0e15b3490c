// Directories of the target, by path: Node.js has no other way to them. A root keeps everything
// inside as long as nobody changes its links meanwhile.

import * as fs from "node:fs";
import { dirname, join, resolve } from "node:path";

const LINKS_LIMIT = 40;

export class Directories {
  #root;
  #made = [];

  constructor(root) {
    this.#root = resolve(root);
  }

  /** The path of a directory on this machine, found as a chroot would find it; undefined if it is
   * not there and is not to be made. */
  find(path, make) {
    if (make) this.#makeAll(this.#root);
    let names = path.split("/");
    let passed = [];
    let links = 0;
    while (names.length > 0) {
      const name = names.shift();
      if (name === "" || name === ".") continue;
      if (name === "..") {
        passed.pop();
        continue;
      }
      const here = join(this.#root, ...passed, name);
      const found = look(here);
      if (!found) {
        if (!make) return undefined;
        this.#make(here);
      } else if (found.isSymbolicLink()) {
        links += 1;
        if (links > LINKS_LIMIT) throw new Error(`\`${here}\` leads through too many links`);
        const target = fs.readlinkSync(here);
        if (target.startsWith("/")) passed = [];
        names = [...target.split("/"), ...names];
        continue;
      } else if (!found.isDirectory()) {
        throw new Error(`\`${here}\` is not a directory`);
      }
      passed.push(name);
    }
    return join(this.#root, ...passed);
  }

  /** Removes the directories that were made, as far as they are empty. */
  undo() {
    for (const path of this.#made.reverse()) {
      try {
        fs.rmdirSync(path);
      } catch {
        // It is in use by now.
      }
    }
    this.#made = [];
  }

  #makeAll(path) {
    if (look(path)) return;
    this.#makeAll(dirname(path));
    this.#make(path);
  }

  #make(path) {
    fs.mkdirSync(path);
    fs.chmodSync(path, 0o755);
    this.#made.push(path);
  }
}

/** What is at a path, links not followed; undefined if there is nothing. */
export function look(path) {
  return fs.lstatSync(path, { throwIfNoEntry: false });
}

/** Gives all below a directory its mode: 0755 to directories and to these files, else 0644. */
export function normalize(directory, executables) {
  const wanted = new Set(executables);
  const visit = (path, inside) => {
    for (const entry of fs.readdirSync(path, { withFileTypes: true })) {
      const below = join(path, entry.name);
      const relative = inside + entry.name;
      if (entry.isDirectory()) {
        visit(below, `${relative}/`);
        fs.chmodSync(below, 0o755);
      } else if (entry.isFile()) {
        fs.chmodSync(below, wanted.has(relative) ? 0o755 : 0o644);
      } else {
        throw new Error(`\`${relative}\` is no file and no directory`);
      }
    }
  };
  visit(directory, "");
}
