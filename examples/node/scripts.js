// The scripts directory, which the component never sees: it says what it wants there. POSIX only.

import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { look } from "./directories.js";

const PREFIX = ".ensurepip-host-";

export class Scripts {
  #directory;
  #firstLines;
  #staged = [];
  #obsolete = [];
  #renamed = [];

  /** The directory is undefined if there is none. */
  constructor(directory, executable) {
    this.#directory = directory;
    this.#firstLines = Buffer.from(firstLines(executable));
  }

  /** Writes scripts beside their final names, and tells what was written. */
  stage(scripts, modified, obsolete) {
    [...scripts.map(({ name }) => name), ...obsolete].forEach(checkName);
    this.#obsolete = obsolete;
    return scripts.map(({ name, content }) => {
      if (this.#look(name)?.isDirectory()) throw new Error(`\`${name}\` is a directory`);
      const contents = this.#contents(content);
      const path = this.#path(`${PREFIX}new-${name}`);
      fs.rmSync(path, { force: true });
      fs.writeFileSync(path, contents, { flag: "wx", mode: 0o600 });
      fs.chmodSync(path, 0o755);
      fs.utimesSync(path, Number(modified), Number(modified));
      this.#staged.push(name);
      const sha256 = new Uint8Array(createHash("sha256").update(contents).digest());
      return { name, sha256, size: BigInt(contents.length) };
    });
  }

  /** Gives them their names, and takes the obsolete ones away. */
  publish() {
    for (const name of this.#staged) {
      if (this.#look(name)) this.#rename(name, `${PREFIX}old-${name}`);
      this.#rename(`${PREFIX}new-${name}`, name);
    }
    for (const name of this.#obsolete) {
      const found = this.#look(name);
      if (found && !found.isDirectory()) this.#rename(name, `${PREFIX}old-${name}`);
    }
  }

  /** Makes it final: what was replaced goes. */
  finish() {
    this.#renamed = [];
    for (const name of this.#directory === undefined ? [] : fs.readdirSync(this.#directory)) {
      if (name.startsWith(PREFIX)) fs.rmSync(this.#path(name));
    }
  }

  /** Brings what was replaced back, the last first. */
  undo() {
    for (const [from, to] of this.#renamed.reverse()) fs.renameSync(this.#path(to), this.#path(from));
    this.finish();
  }

  #contents({ tag, val }) {
    if (tag === "launcher") return Buffer.concat([this.#firstLines, Buffer.from(val.source)]);
    return tag === "python" ? Buffer.concat([this.#firstLines, val]) : Buffer.from(val);
  }

  #rename(from, to) {
    fs.renameSync(this.#path(from), this.#path(to));
    this.#renamed.push([from, to]);
  }

  #look(name) {
    return this.#directory === undefined ? undefined : look(this.#path(name));
  }

  #path(name) {
    if (this.#directory === undefined) throw new Error("there is no scripts directory");
    return join(this.#directory, name);
  }
}

/** Refuses what is a path, hidden, or the name of an interpreter. */
function checkName(name) {
  if (!/^[\p{L}\p{N}_+-][\p{L}\p{N}_.+-]*$/u.test(name) || name.endsWith(".")) {
    throw new Error(`\`${name}\` is no name for a script`);
  }
  if (/^pythonw?[0-9.]*(\.exe)?$/i.test(name)) {
    throw new Error(`\`${name}\` would replace a Python interpreter`);
  }
}

/** What starts the interpreter of a script, as pip writes it. */
function firstLines(executable) {
  if (!executable.startsWith("/") || /[\r\n\0]/.test(executable)) {
    throw new Error(`no script can start \`${executable}\``);
  }
  const isDarwin = process.platform === "darwin";
  const fits = Buffer.byteLength(executable) + 3 <= (isDarwin ? 512 : 127);
  const breaks = isDarwin ? /[ \t#]/ : /[ \t]/;
  // Python takes a comment of the second kind for the file's encoding.
  if (fits && !breaks.test(executable) && !/coding[:=]/.test(executable)) {
    return `#!${executable}\n`;
  }
  // /bin/sh hands the script over; to Python, the same is a string that does nothing.
  let word = executable;
  if (!/^[\p{L}\p{N}_/.+,:@%=~-]*$/u.test(executable)) {
    if (/[$`"\\]|'''/.test(executable) || !executable.includes(" ")) {
      throw new Error(`no script of this example can start \`${executable}\``);
    }
    word = `"${executable}"`;
  }
  return `#!/bin/sh\n'''exec' ${word} "$0" "$@"\n' '''\n`;
}
