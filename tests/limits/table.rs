//! The surroundings, each as commands that create it and then become the next command.

use std::fs;

/// A surrounding.
pub(super) struct Row {
    pub(super) name: String,
    /// Commands that root runs, and those that the user runs.
    as_root: Vec<String>,
    as_user: Vec<String>,
    /// Whether its output cannot be read.
    pub(super) is_mute: bool,
    /// Whether `docs/reference.md` promises an installation there, whatever `ensurepip` does.
    pub(super) is_promised: bool,
    /// Whether `strace` makes a system call fail, and logs it to [`LOG`].
    pub(super) is_traced: bool,
}

/// The log, in the home of the user.
pub(super) const LOG: &str = "calls";

impl Row {
    /// Nothing unusual.
    pub(super) fn plain() -> Row {
        Row::new("no limit", &[])
    }

    fn new(name: impl Into<String>, as_user: &[&str]) -> Row {
        let as_user = as_user.iter().map(ToString::to_string).collect();
        Row {
            name: name.into(),
            as_root: Vec::new(),
            as_user,
            is_mute: false,
            is_promised: false,
            is_traced: false,
        }
    }

    /// A limit that `prlimit` sets, soft and hard.
    fn limit(name: &str, value: u64) -> Row {
        let row =
            Row::new(format!("{name} {value}"), &["prlimit", &format!("--{name}={value}:{value}")]);
        let promised = PROMISED.iter().find(|(promised, _)| *promised == name);
        Row { is_promised: promised.is_some_and(|(_, least)| value >= *least), ..row }
    }

    /// A command that a shell runs first, as the user.
    fn shell(name: impl Into<String>, script: &str) -> Row {
        Row::new(name, &["sh", "-c", script, "sh"])
    }

    /// A command that a shell runs first, as root, and in a mount namespace of its own.
    fn mounts(name: &str, script: &str) -> Row {
        let script = format!("{script} && exec \"$@\"");
        let as_root = ["unshare", "--mount", "sh", "-c", &script, "sh"].map(str::to_owned);
        Row { as_root: as_root.into(), ..Row::new(name, &[]) }
    }

    /// A limit of a control group of version 1, where those are mounted.
    fn group(controller: &str, file: &str, value: &str) -> Row {
        let script = format!(
            "d={GROUPS}/{controller}/ensurepip-host-$LANE; mkdir -p $d && \
             echo {value} >$d/{file} && echo $$ >$d/cgroup.procs && exec \"$@\""
        );
        let as_root = ["sh", "-c", &script, "sh"].map(str::to_owned);
        let row = Row::new(format!("{controller} {file} {value}"), &[]);
        Row { as_root: as_root.into(), is_promised: controller == "pids" && value != "1", ..row }
    }

    /// A system call that fails.
    fn refused(call: &str, error: &str) -> Row {
        let strace = format!(
            "exec strace -f -qqq -o $HOME/{LOG} -e trace={call} -e inject={call}:error={error} \"$@\""
        );
        Row { is_traced: true, ..Row::shell(format!("{call} {error}"), &strace) }
    }

    /// The commands before the program: root's, and the user's.
    pub(super) fn commands(&self) -> (Vec<String>, Vec<String>) {
        (self.as_root.clone(), self.as_user.clone())
    }
}

/// Removes the surroundings of a lane.
pub(super) fn end(lane: u32) {
    for controller in ["pids", "memory"] {
        let group = format!("{GROUPS}/{controller}/ensurepip-host-{lane}");
        let _ = fs::remove_dir(group);
    }
}

/// Where control groups are mounted.
const GROUPS: &str = "/sys/fs/cgroup";

const MIB: u64 = 1 << 20;

/// The narrowest limits within which `docs/reference.md` promises an installation.
const PROMISED: [(&str, u64); 4] =
    [("as", 100 * MIB), ("nofile", 16), ("nproc", 2), ("stack", 64 << 10)];

/// Every way to close some of the standard streams.
const CLOSED: [&str; 7] =
    ["0<&-", "1>&-", "2>&-", "0<&- 1>&-", "0<&- 2>&-", "1>&- 2>&-", "0<&- 1>&- 2>&-"];

/// The table: all of it, or the part that a test has time for.
pub(super) fn rows(is_long: bool) -> Vec<Row> {
    let mut rows = vec![Row::plain()];
    limits(is_long, &mut rows);
    streams(is_long, &mut rows);
    signals(is_long, &mut rows);
    places(is_long, &mut rows);
    system_calls(is_long, &mut rows);
    rows
}

fn limits(is_long: bool, rows: &mut Vec<Row>) {
    let mut all = |name: &str, unit: u64, short: &[u64], long: &[u64]| {
        let values = short.iter().chain(long.iter().filter(|_| is_long));
        rows.extend(values.map(|value| Row::limit(name, value * unit)));
    };
    all(
        "as",
        MIB,
        &[4000, 1000, 100],
        &[12_000, 8000, 6000, 5000, 2000, 500, 300, 200, 150, 90, 80, 70, 50, 40],
    );
    all("nofile", 1, &[64, 24, 16, 5], &[1024, 48, 32, 28, 20, 18, 4, 3]);
    // Enough for a shell and the program, too little for a file of the wheel, and enough for most of
    // them.
    all("fsize", 1024, &[0, 10, 400], &[1, 100, 1000, 2000, 10_000]);
    all("stack", 1024, &[64], &[8192, 1024, 512, 256, 200, 128, 100]);
    all("data", MIB, &[100, 20], &[1000, 200, 50, 40, 30, 28, 27, 26, 25, 24, 22, 18, 16, 14, 12]);
    all("cpu", 1, &[5], &[2, 1]);
    for name in ["core", "memlock", "sigpending", "msgqueue", "locks"] {
        all(name, 1, &[], &[0]);
    }
    // With two CPUs a run has 10 at most: the others are for machines with more.
    let processes = 1..=if is_long { 30 } else { 10 };
    rows.extend(processes.map(|value| Row::limit("nproc", value)));
    if fs::exists(format!("{GROUPS}/pids/cgroup.procs")).is_ok_and(|there| there) {
        let values = if is_long { 1..=12 } else { 2..=3 };
        rows.extend(values.map(|value| Row::group("pids", "pids.max", &value.to_string())));
        rows.push(Row::group("memory", "memory.limit_in_bytes", "64M"));
    }
}

fn streams(is_long: bool, rows: &mut Vec<Row>) {
    for closed in CLOSED.iter().filter(|closed| is_long || closed.len() > 9) {
        let row = Row::shell(format!("closed {closed}"), &format!("exec \"$@\" {closed}"));
        rows.push(Row { is_mute: closed.contains('2'), is_promised: true, ..row });
    }
    rows.push(Row::shell("full output", "exec \"$@\" >/dev/full"));
    rows.push(Row { is_mute: true, ..Row::shell("full streams", "exec \"$@\" >/dev/full 2>&1") });
    let gone = "p=$HOME/pipe; mkfifo $p; exec 4<>$p 3>$p 4<&-; rm $p; exec \"$@\" ";
    rows.push(Row::shell("output that nobody reads", &format!("{gone} >&3")));
}

fn signals(is_long: bool, rows: &mut Vec<Row>) {
    let ignored = ["CHLD", "XFSZ", "PIPE"].iter();
    let more = ["INT", "TERM", "HUP", "ALRM", "SEGV", "BUS", "ILL", "FPE", "ABRT", "USR1"].iter();
    for signal in ignored.chain(more.filter(|_| is_long)) {
        let option = format!("--ignore-signal={signal}");
        let row = Row::new(format!("SIG{signal} ignored"), &["env", &option]);
        rows.push(Row { is_promised: true, ..row });
    }
    for option in ["--ignore-signal", "--block-signal", "--default-signal"] {
        rows.push(Row::new(format!("env {option}"), &["env", option]));
    }
}

fn places(is_long: bool, rows: &mut Vec<Row>) {
    let elsewhere = "mkdir $HOME/gone; cd $HOME/gone";
    let no_devices = "mount -t tmpfs -o mode=755 none /dev";
    rows.push(Row::shell("umask 0777", "umask 0777; exec \"$@\""));
    rows.push(Row::shell("directory gone", &format!("{elsewhere}; rmdir ../gone; exec \"$@\"")));
    rows.push(Row::new("no environment", &["env", "-i"]));
    let bare = Row::mounts("no /dev, no /proc", &format!("{no_devices}; umount -l /proc"));
    rows.push(Row { is_promised: true, ..bare });
    rows.push(Row::mounts("a file as /dev/null", &format!("{no_devices}; touch /dev/null")));
    if !is_long {
        return;
    }
    rows.push(Row::shell("umask 0077", "umask 0077; exec \"$@\""));
    rows.push(Row::shell("directory shut", &format!("{elsewhere}; chmod 0 .; exec \"$@\"")));
    for variable in ["PATH=", "HOME=", "HOME=relative", "HOME=/nonexistent", "HOME=/etc/passwd"] {
        rows.push(Row::new(variable, &["env", variable]));
    }
    rows.push(Row::new("TMPDIR=/nonexistent", &["env", "TMPDIR=/nonexistent"]));
    rows.push(Row::new("no new privileges", &["setpriv", "--no-new-privs"]));
    rows.push(Row::new("one CPU", &["taskset", "-c", "0"]));
    rows.push(Row::mounts("no /dev", no_devices));
    rows.push(Row::mounts("no /proc", "umount -l /proc"));
    rows.push(Row::mounts("/dev/null shut", &format!("{no_devices}; mknod -m 0 /dev/null c 1 3")));
    rows.push(Row::mounts("/var/tmp shut", "mount -t tmpfs -o mode=0 none /var/tmp"));
}

/// As in a kernel without the call, and in a container that forbids it. The tool makes each of these
/// calls.
fn system_calls(is_long: bool, rows: &mut Vec<Row>) {
    let some = ["landlock_create_ruleset", "openat2", "prlimit64"].iter();
    let more = ["getrandom", "sched_getaffinity", "statx", "clone3", "madvise", "rseq"];
    // As in older container runtimes, which breaks programs that glibc starts with it.
    rows.push(Row { is_promised: true, ..Row::refused("clone3", "EPERM") });
    for call in some.chain(more.iter().filter(|_| is_long)) {
        rows.push(Row::refused(call, "ENOSYS"));
        if is_long && *call != "clone3" {
            rows.push(Row::refused(call, "EPERM"));
        }
    }
}
