//! The system calls of a program, as logged by `strace`.
//!
//! A path is resolved as in the kernel: the directory that a call starts from, which `strace -y`
//! prints, then the name; and for an open file, the path of its handle.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::{self, Display};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use super::process::{Finished, Program};
use super::scratch::Scratch;

/// The traced calls: those that take a path, change something by a handle, duplicate a handle,
/// start a program, or reach the network.
const CALLS: &str = "trace=%file,%network,%process,write,writev,pwrite64,pwritev,ftruncate,\
    fallocate,copy_file_range,sendfile,fchmod,fchown,fsetxattr,fremovexattr,dup,dup2,dup3,fcntl,\
    mount,unshare,setns,io_uring_setup";

/// Calls that change the targets of their paths or handles.
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

/// Calls that reach the network, change the meaning of a path, or bypass all of this.
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

/// The flags that make opening a file a change.
const WRITING: &[&str] = &["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND", "O_TMPFILE"];

/// All calls of a program and its children, in order.
pub(crate) struct Trace {
    calls: Vec<Call>,
}

/// One call.
pub(crate) struct Call {
    name: String,
    /// The arguments, as `strace` writes them.
    arguments: Vec<String>,
    result: String,
    /// The paths of its arguments and handles, including its result.
    paths: Vec<PathBuf>,
}

impl Trace {
    /// Runs the tool under test and records its calls; `None` if there is no `strace`.
    pub(crate) fn of<Argument: AsRef<OsStr>>(
        arguments: impl IntoIterator<Item = Argument>,
        scratch: &Scratch,
    ) -> Option<(Finished, Self)> {
        let strace = Program::new(Path::new("strace"), scratch.home());
        let tool = Path::new(env!("CARGO_BIN_EXE_ensurepip-host"));
        Self::by(strace, &scratch.home().join("trace"), tool, arguments)
    }

    /// Runs a copy of the tool with a given `strace` and records its calls in a file; `None` if there is
    /// no `strace`.
    pub(crate) fn by<Argument: AsRef<OsStr>>(
        strace: Program,
        file: &Path,
        tool: &Path,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> Option<(Finished, Self)> {
        Command::new("strace").arg("-V").output().ok()?;
        let finished = strace
            .arguments(["-f", "-y", "-qq", "-e", CALLS, "-o"])
            .argument(file)
            .argument(tool)
            .arguments(arguments)
            .run();
        let text = fs::read(file).expect("strace writes a file");
        Some((finished, Self::parse(&String::from_utf8_lossy(&text))))
    }

    /// The calls that started a program, the first one included.
    pub(crate) fn programs(&self) -> Vec<&Call> {
        self.named(&["execve", "execveat"])
    }

    /// The calls that are not allowed at all.
    pub(crate) fn forbidden(&self) -> Vec<&Call> {
        self.named(FORBIDDEN)
    }

    /// All calls that change, or try to change, anything but the program's own memory and its
    /// output.
    pub(crate) fn changes(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| call.is_change())
    }

    /// Changes outside a directory, or at an unknown path.
    pub(crate) fn changes_outside(&self, directory: &Path) -> Vec<&Call> {
        self.changes_outside_all(&[directory])
    }

    /// Changes outside all of some directories, or at an unknown path.
    pub(crate) fn changes_outside_all(&self, directories: &[&Path]) -> Vec<&Call> {
        let is_inside = |path: &PathBuf| directories.iter().any(|inside| path.starts_with(inside));
        let is_outside = |call: &&Call| call.paths.is_empty() || !call.paths.iter().all(is_inside);
        self.changes().filter(is_outside).collect()
    }

    /// The paths outside a directory that were opened, in any way.
    pub(crate) fn opened_outside(&self, directory: &Path) -> Vec<&Path> {
        let opens = self.calls.iter().filter(|call| call.is_open());
        let opened = opens.filter_map(|call| handle(&call.result).map(|_| call.paths.last()));
        let paths = opened.flatten().map(PathBuf::as_path);
        paths.filter(|path| !path.starts_with(directory)).collect()
    }

    /// The calls with one of these names.
    pub(crate) fn named(&self, names: &[&str]) -> Vec<&Call> {
        self.calls.iter().filter(|call| names.contains(&&*call.name)).collect()
    }

    fn parse(text: &str) -> Self {
        // A call that another thread interrupts is logged in two parts.
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
        // Calls that never returned: the last ones of threads, or of a program that was killed.
        for rest in interrupted.into_values() {
            calls.extend(Call::parse(&format!("{rest}) = ?"), &mut handles));
        }
        Self { calls }
    }
}

impl Call {
    /// `None` for a line that is not a call: signals and exits.
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
            // The flag is in one of the arguments, but not in the path.
            let mut flags = self.arguments.iter().filter(|argument| !argument.starts_with('"'));
            return flags.any(|argument| WRITING.iter().any(|flag| argument.contains(flag)));
        }
        // Pipes to the reader of the output, and memory that has a handle.
        let is_own = |argument: &String| {
            argument.contains("<pipe:[")
                || argument.contains("</memfd:")
                || argument.contains("<anon_inode:")
        };
        CHANGES.contains(&&*self.name) && !self.arguments.first().is_some_and(is_own)
    }

    /// The paths in the arguments.
    fn read_paths(&self, handles: &BTreeMap<u32, PathBuf>) -> Vec<PathBuf> {
        // The target of a new link is not yet used as a path.
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
                // Only calls with two names have another path after the first.
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

/// Parses `7</path>`, and `AT_FDCWD</path>`, which has no number. `None` for a handle without a
/// path.
fn handle(text: &str) -> Option<(Option<u32>, PathBuf)> {
    let (number, rest) = text.split_once('<')?;
    let number = match number {
        "AT_FDCWD" => None,
        number => Some(number.parse().ok()?),
    };
    let (path, _) = rest.rsplit_once('>')?;
    path.starts_with('/').then(|| (number, PathBuf::from(path)))
}

/// Parses `"path"`.
fn quoted(text: &str) -> Option<String> {
    text.strip_prefix('"')?
        .strip_suffix('"')
        .map(|name| name.replace("\\\"", "\"").replace("\\\\", "\\"))
}

/// Joins a name to a path. With bounds, an absolute path starts there, and `..` stops there.
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

/// The path behind one like `/proc/self/fd/7`.
fn behind(path: PathBuf, handles: &BTreeMap<u32, PathBuf>) -> PathBuf {
    let is_link =
        path.starts_with("/proc") && path.parent().is_some_and(|parent| parent.ends_with("fd"));
    let number = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
    match number.filter(|_| is_link).and_then(|number: u32| handles.get(&number)) {
        Some(known) => known.clone(),
        None => path,
    }
}

/// Forbidden calls, changes and opens are recognized, also in calls that others interrupt.
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
