//! What a program asked the kernel to do, as `strace` tells it.
//!
//! A path is what the kernel makes of it: the directory that a call starts from, which `strace -y`
//! tells, then the name; and for what has been opened, what the handle is of.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::{self, Display};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use super::process::{Finished, Program};
use super::scratch::Scratch;

/// What is looked at: whatever takes a path, changes something by its handle, gives a handle
/// another number, starts a program, or leaves the machine.
const CALLS: &str = "trace=%file,%network,%process,write,writev,pwrite64,pwritev,ftruncate,\
    fallocate,copy_file_range,sendfile,fchmod,fchown,fsetxattr,fremovexattr,dup,dup2,dup3,fcntl,\
    mount,unshare,setns,io_uring_setup";

/// Calls that change what their paths or handles are of.
const CHANGES: &[&str] = &[
    "write",
    "writev",
    "pwrite64",
    "pwritev",
    "truncate",
    "ftruncate",
    "fallocate",
    "sendfile",
    "copy_file_range",
    "creat",
    "mknod",
    "mknodat",
    "mkdir",
    "mkdirat",
    "rmdir",
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "chmod",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "lchown",
    "fchown",
    "fchownat",
    "utime",
    "utimes",
    "futimesat",
    "utimensat",
    "setxattr",
    "lsetxattr",
    "fsetxattr",
    "removexattr",
    "lremovexattr",
    "fremovexattr",
];

/// Calls that leave the machine, change what a path means, or go around all this.
const FORBIDDEN: &[&str] = &[
    "socket",
    "connect",
    "bind",
    "sendto",
    "sendmsg",
    "mount",
    "umount2",
    "chroot",
    "pivot_root",
    "unshare",
    "setns",
    "io_uring_setup",
];

/// The flags with which opening is a change.
const WRITING: &[&str] = &["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND", "O_TMPFILE"];

/// All calls of a program and its children, in order.
pub(crate) struct Trace {
    calls: Vec<Call>,
}

/// One call.
pub(crate) struct Call {
    name: String,
    /// Each as `strace` writes it.
    arguments: Vec<String>,
    result: String,
    /// What its paths and handles are of, its result among them.
    paths: Vec<PathBuf>,
}

impl Trace {
    /// Runs the tool under test and writes down what it does; `None` if there is no `strace`.
    pub(crate) fn of<Argument: AsRef<OsStr>>(
        arguments: impl IntoIterator<Item = Argument>,
        scratch: &Scratch,
    ) -> Option<(Finished, Self)> {
        Command::new("strace").arg("-V").output().ok()?;
        let file = scratch.home().join("trace");
        let finished = Program::new(Path::new("strace"), scratch.home())
            .arguments(["-f", "-y", "-qq", "-e", CALLS, "-o"])
            .argument(&file)
            .argument(env!("CARGO_BIN_EXE_ensurepip-host"))
            .arguments(arguments)
            .run();
        let text = fs::read(file).expect("strace writes a file");
        Some((finished, Self::parse(&String::from_utf8_lossy(&text))))
    }

    /// How often a program was started, the first one included.
    pub(crate) fn programs(&self) -> Vec<&Call> {
        self.named(&["execve", "execveat"])
    }

    /// What must not be done at all.
    pub(crate) fn forbidden(&self) -> Vec<&Call> {
        self.named(FORBIDDEN)
    }

    /// Everything that changes, or tries to change, anything but the program's own memory and what
    /// it says.
    pub(crate) fn changes(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| call.is_change())
    }

    /// Changes of what is not below a directory, or is not known to be.
    pub(crate) fn changes_outside(&self, directory: &Path) -> Vec<&Call> {
        let is_outside = |call: &&Call| {
            call.paths.is_empty() || call.paths.iter().any(|path| !path.starts_with(directory))
        };
        self.changes().filter(is_outside).collect()
    }

    /// What was opened, in whatever way, and is not below a directory.
    pub(crate) fn opened_outside(&self, directory: &Path) -> Vec<&Path> {
        let opens = self.calls.iter().filter(|call| call.is_open());
        let opened = opens.filter_map(|call| handle(&call.result).map(|_| call.paths.last()));
        let paths = opened.flatten().map(PathBuf::as_path);
        paths.filter(|path| !path.starts_with(directory)).collect()
    }

    fn named(&self, names: &[&str]) -> Vec<&Call> {
        self.calls.iter().filter(|call| names.contains(&&*call.name)).collect()
    }

    fn parse(text: &str) -> Self {
        // A call that another thread interrupts is written in two parts.
        let mut interrupted = BTreeMap::new();
        let mut handles = BTreeMap::new();
        let mut calls = Vec::new();
        for line in text.lines() {
            let (process, line) = line.split_once(' ').expect("a process number comes first");
            let line = line.trim_start();
            if let Some(first) = line.strip_suffix("<unfinished ...>") {
                interrupted.insert(process, first.to_owned());
                continue;
            }
            let whole =
                match line.strip_prefix("<... ").and_then(|rest| rest.split_once(" resumed>")) {
                    Some((_, rest)) => interrupted.remove(process).expect("it had begun") + rest,
                    None => line.to_owned(),
                };
            calls.extend(Call::parse(&whole, &mut handles));
        }
        // What never ended: the last words of threads, or of a program that was killed.
        for rest in interrupted.into_values() {
            calls.extend(Call::parse(&format!("{rest}) = ?"), &mut handles));
        }
        Self { calls }
    }
}

impl Call {
    /// `None` for what is no call: signals and exits.
    fn parse(line: &str, handles: &mut BTreeMap<u32, PathBuf>) -> Option<Self> {
        let (name, rest) = line.split_once('(')?;
        let (arguments, result) = rest.rsplit_once(" = ")?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(is_name) {
            return None;
        }
        let arguments = split(arguments.trim_end().trim_end_matches(')'));
        let mut call =
            Self { name: name.to_owned(), arguments, result: result.to_owned(), paths: Vec::new() };
        call.paths = call.read_paths(handles);
        if let Some((Some(number), path)) = handle(&call.result) {
            handles.insert(number, path.clone());
            call.paths.push(path);
        }
        Some(call)
    }

    fn is_open(&self) -> bool {
        ["open", "openat", "openat2"].contains(&&*self.name)
    }

    fn is_change(&self) -> bool {
        if self.is_open() {
            // In one of the arguments, but not in the path.
            let mut flags = self.arguments.iter().filter(|argument| !argument.starts_with('"'));
            return flags.any(|argument| WRITING.iter().any(|flag| argument.contains(flag)));
        }
        // Pipes to whoever reads what is said, and memory that has a handle.
        let is_own = |argument: &String| {
            argument.contains("<pipe:[")
                || argument.contains("</memfd:")
                || argument.contains("<anon_inode:")
        };
        CHANGES.contains(&&*self.name) && !self.arguments.first().is_some_and(is_own)
    }

    /// What the arguments name.
    fn read_paths(&self, handles: &BTreeMap<u32, PathBuf>) -> Vec<PathBuf> {
        // What a link says is no path yet.
        let skipped = usize::from(self.name.starts_with("symlink"));
        let is_in_root = self.arguments.iter().any(|argument| argument.contains("RESOLVE_IN_ROOT"));
        let mut paths = Vec::new();
        let mut start = None;
        for argument in self.arguments.iter().skip(skipped) {
            if let Some((_, path)) = handle(argument) {
                paths.extend(start.replace(path));
            } else if let Some(name) = quoted(argument) {
                let start = start.take();
                let bounds = start.as_deref().filter(|_| is_in_root).map(Path::to_owned);
                let path = joined(start.unwrap_or_default(), bounds.as_deref(), Path::new(&name));
                paths.push(behind(path, handles));
                // Only a call with two names has something to be read after the first.
                if !self.name.starts_with("rename") && !self.name.starts_with("link") {
                    return paths;
                }
            }
        }
        paths.extend(start);
        paths
    }
}

impl Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}({}) = {}", self.name, self.arguments.join(", "), self.result)
    }
}

/// Splits arguments at the commas between them.
fn split(arguments: &str) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut depth, mut is_quoted, mut is_escaped) = (0, false, false);
    for c in arguments.chars() {
        if is_quoted {
            is_quoted = is_escaped || c != '"';
            is_escaped = c == '\\' && !is_escaped;
        } else {
            match c {
                '"' => is_quoted = true,
                '(' | '[' | '{' | '<' => depth += 1,
                ')' | ']' | '}' | '>' => depth -= 1,
                ',' if depth == 0 => {
                    parts.push(std::mem::take(&mut part).trim().to_owned());
                    continue;
                }
                _ => {}
            }
        }
        part.push(c);
    }
    parts.push(part.trim().to_owned());
    parts
}

/// Reads `7</path>`, and `AT_FDCWD</path>`, which has no number. Things without a path are none.
fn handle(text: &str) -> Option<(Option<u32>, PathBuf)> {
    let (number, rest) = text.split_once('<')?;
    let number = match number {
        "AT_FDCWD" => None,
        number => Some(number.parse().ok()?),
    };
    let (path, _) = rest.rsplit_once('>')?;
    path.starts_with('/').then(|| (number, PathBuf::from(path)))
}

/// Reads `"path"`.
fn quoted(text: &str) -> Option<String> {
    text.strip_prefix('"')?
        .strip_suffix('"')
        .map(|name| name.replace("\\\"", "\"").replace("\\\\", "\\"))
}

/// Joins by name. Below bounds an absolute path begins at these, and `..` ends there.
fn joined(start: PathBuf, bounds: Option<&Path>, name: &Path) -> PathBuf {
    let mut path = start;
    for component in name.components() {
        match component {
            Component::RootDir => bounds.unwrap_or(Path::new("/")).clone_into(&mut path),
            Component::ParentDir if bounds == Some(&path) => {}
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            Component::CurDir | Component::Prefix(_) => {}
        }
    }
    path
}

/// What is behind a path like `/proc/self/fd/7`.
fn behind(path: PathBuf, handles: &BTreeMap<u32, PathBuf>) -> PathBuf {
    let is_link =
        path.starts_with("/proc") && path.parent().is_some_and(|parent| parent.ends_with("fd"));
    let number = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
    match number.filter(|_| is_link).and_then(|number: u32| handles.get(&number)) {
        Some(known) => known.clone(),
        None => path,
    }
}

/// What is forbidden, changed and opened is seen, also in calls that others interrupt.
#[test]
fn strace_calls_are_classified() {
    let trace = Trace::parse(
        "1 execve(\"/bin/tool\", [\"tool\"], 0x7ffc /* 9 vars */) = 0\n\
         1 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3<TCP:[1]>\n\
         1 openat(AT_FDCWD</tree>, \"a\", O_RDONLY <unfinished ...>\n\
         2 unlinkat(4</image/b>, \"c\", 0) = 0\n\
         1 <... openat resumed>) = 5</tree/a>\n\
         2 write(6</elsewhere/d>, \"x\", 1) = 1\n\
         2 write(7<pipe:[2]>, \"x\", 1) = 1\n\
         2 openat(AT_FDCWD</tree>, \"e\", O_RDONLY) = -1 ENOENT (No such file or directory)\n\
         2 +++ exited with 0 +++\n",
    );
    let shown = |calls: Vec<&Call>| calls.iter().map(|call| call.name.clone()).collect::<Vec<_>>();
    assert_eq!(shown(trace.programs()), ["execve"]);
    assert_eq!(shown(trace.forbidden()), ["socket"]);
    assert_eq!(shown(trace.changes().collect()), ["unlinkat", "write"]);
    assert_eq!(shown(trace.changes_outside(Path::new("/image"))), ["write"]);
    assert_eq!(trace.opened_outside(Path::new("/image")), [Path::new("/tree/a")]);
}
