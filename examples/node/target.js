// The host's own work in the target: directories, modes and scripts. POSIX only, and by path: Node.js
// has no other way. Every change is entered into a list, `undo`, of functions that take it back.

import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";

const [NEW, OLD] = [".ensurepip-host-new-", ".ensurepip-host-old-"];
const NAME = /^(?!pythonw?[0-9.]*(\.exe)?$)[\p{L}\p{N}_+-][\p{L}\p{N}_.+-]*(?<!\.)$/iu;

/** The real path of a directory below a root, made if it is missing. */
export function find(root, path, undo) {
  const [top, found] = [resolve(root), resolve(root, path.replace(/^\/+/, ""))].map(real);
  const isBelow = relative(top, found).split("/")[0] !== "..";
  if (!isBelow) throw new Error(`\`${path}\` is not below \`${root}\``);
  make(found, undo);
  return found;
}

function real(path) {
  return look(path) ? fs.realpathSync(path) : join(real(dirname(path)), basename(path));
}

function make(path, undo) {
  if (look(path)) return;
  make(dirname(path), undo);
  fs.mkdirSync(path);
  undo.push(() => fs.rmdirSync(path));
  fs.chmodSync(path, 0o755);
}

const look = (path) => fs.lstatSync(path, { throwIfNoEntry: false });

/** Sets the modes of all below a path: 0755 for directories and executables, else 0644. */
export function setModes(top, executables) {
  for (const path of ["", ...fs.readdirSync(top, { recursive: true })]) {
    const isExecutable = look(join(top, path)).isDirectory() || executables.includes(path);
    fs.chmodSync(join(top, path), isExecutable ? 0o755 : 0o644);
  }
}

/** Writes scripts beside their final names. Returns number, name, digest and size of each. */
export function writeScripts(directory, { scripts, modified }, interpreter, undo) {
  sweep(directory);
  undo.push(() => sweep(directory));
  return scripts.map(({ name, content: { tag, val } }, script) => {
    if (!NAME.test(name)) throw new Error(`\`${name}\` is no name for a script`);
    const start = tag === "verbatim" ? "" : firstLines(interpreter);
    const rest = tag === "launcher" ? val.source : val;
    const contents = Buffer.concat([start, rest].map((part) => Buffer.from(part)));
    const path = join(directory, NEW + name);
    fs.writeFileSync(path, contents, { flag: "wx" });
    fs.chmodSync(path, 0o755);
    fs.utimesSync(path, Number(modified), Number(modified));
    const sha256 = createHash("sha256").update(contents).digest();
    return { script, name, sha256, size: BigInt(contents.length) };
  });
}

/** Gives the scripts their names. What they replace, and what is obsolete, gets another one. */
export function publishScripts(directory, { scripts, obsoleteScripts }, undo) {
  const names = scripts.map(({ name }) => name);
  const replaced = [...names, ...obsoleteScripts].map((name) => [name, OLD + name]);
  for (const move of [...replaced, ...names.map((name) => [NEW + name, name])]) {
    const [former, name] = move.map((it) => join(directory, it));
    if (look(former)?.isFile() || look(former)?.isSymbolicLink()) {
      fs.renameSync(former, name);
      undo.push(() => fs.renameSync(name, former));
    }
  }
}

/** Removes what has another name: of this run, or of one that was killed. */
export function sweep(directory) {
  const isLeft = (name) => name.startsWith(NEW) || name.startsWith(OLD);
  fs.readdirSync(directory).filter(isLeft).forEach((name) => fs.rmSync(join(directory, name)));
}

/** What starts the interpreter of a script, as pip writes it. */
function firstLines(path) {
  const isDarwin = process.platform === "darwin";
  const [limit, odd] = isDarwin ? [512, /[ \t#]|coding[:=]/] : [127, /[ \t]|coding[:=]/];
  // Python takes a comment with `coding:` for the file's encoding.
  if (Buffer.byteLength(`#!${path}\n`) <= limit && !odd.test(path)) return `#!${path}\n`;
  // /bin/sh hands the script over; to Python, the same is a string that does nothing.
  let word = path;
  if (path.includes(" ") && !/[$`"\\]|'''/.test(path)) {
    word = `"${path}"`;
  } else if (!/^[\p{L}\p{N}_/.+,:@%=~-]*$/u.test(path)) {
    word = `'${path.replaceAll("'", `'"'"'`).replaceAll("\\", `'"\\\\"'`)}'`;
  }
  return `#!/bin/sh\n'''exec' ${word} "$0" "$@"\n' '''\n`;
}
