//! Wine, which runs Windows programs on this machine, and the tool under test as a Windows program.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use super::process::{Finished, Program};

/// The path of the tool, if it is not where cargo builds it for [`TARGET`].
const TOOL: &str = "ENSUREPIP_HOST_TEST_WINDOWS_TOOL";

/// Its target.
const TARGET: &str = "x86_64-pc-windows-gnu";

/// Where files made for the tests are kept between test runs.
pub(crate) const CACHE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/windows");

/// The compiler of small programs for the tests.
const COMPILER: &str = "x86_64-w64-mingw32-gcc";

/// The only function of a Windows library that Rust's standard library needs and Wine 8 lacks. Only
/// hash maps request random numbers here, and these are random enough for them.
const RANDOM: &str = "
    __declspec(dllexport) int ProcessPrng(unsigned char *data, unsigned long long size) {
        static unsigned long long state = 0x9e3779b97f4a7c15;
        for (unsigned long long index = 0; index < size; index++) {
            state = state * 6364136223846793005 + 1442695040888963407;
            data[index] = state >> 56;
        }
        return 1;
    }
    int __stdcall DllMain(void *module, unsigned long reason, void *reserved) { return 1; }
";

/// Suppresses Wine's messages, its downloads, and the desktop, which would keep the pipes of the
/// program that it is started for.
const SILENCE: [(&str, &str); 2] =
    [("WINEDEBUG", "-all"), ("WINEDLLOVERRIDES", "mscoree,mshtml,explorer.exe=")];

/// A separate Windows, in which the tool can be run.
pub(crate) struct Wine {
    prefix: PathBuf,
    tool: PathBuf,
    /// A program that waits for its input, and ends with the tests. It keeps Wine's own programs
    /// running: they start with the first program, and would keep its pipes open.
    _first: Child,
}

impl Wine {
    /// The one of this machine. The error states what is missing.
    pub(crate) fn of_this_machine() -> Result<&'static Self, String> {
        static FOUND: OnceLock<Result<Wine, String>> = OnceLock::new();
        FOUND.get_or_init(Self::look_for).as_ref().map_err(Clone::clone)
    }

    /// The tool under test.
    pub(crate) fn tool(&self, home: &Path) -> Program {
        self.program(&self.tool, home)
    }

    /// Its path.
    pub(crate) fn tool_path(&self) -> &Path {
        &self.tool
    }

    /// A Windows program, with the same environment as in the tests of other systems.
    pub(crate) fn program(&self, program: impl AsRef<Path>, home: &Path) -> Program {
        command(&self.prefix, home).argument(program.as_ref())
    }

    fn look_for() -> Result<Self, String> {
        let tool = find_tool()?;
        for program in ["wine", COMPILER] {
            let version = Command::new(program).arg("--version").stdin(Stdio::null()).output();
            if !version.is_ok_and(|output| output.status.success()) {
                return Err(program.to_owned());
            }
        }
        let prefix = made_prefix();
        let mut first = Command::new("wine")
            .arg("cmd")
            .env("WINEPREFIX", &prefix)
            .envs(SILENCE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("wine runs");
        // Its greeting shows that all of Wine has started.
        let greeting = first.stdout.as_mut().expect("it has a pipe");
        greeting.read_exact(&mut [0]).expect("it greets");
        Ok(Self { prefix, tool, _first: first })
    }
}

/// What a program has written on standard error, without reports of page faults in Wine's own services:
/// some of Wine 8 have one from time to time, and share that stream with the program that has started
/// them. A program that has one itself does not end with the exit status that its test expects.
pub(crate) fn own_stderr(finished: &Finished) -> String {
    let stderr = finished.stderr();
    let is_own = |line: &&str| !line.starts_with("wine: Unhandled page fault ");
    stderr.split_inclusive('\n').filter(is_own).collect()
}

/// A path of this machine, in the form for Windows programs here.
pub(crate) fn windows_path(path: &Path) -> String {
    format!("Z:{}", path.to_str().expect("paths of tests are UTF-8").replace('/', "\\"))
}

/// Compiles a C program for Windows.
pub(crate) fn compile(source: &str, options: &[&str], program: &Path) {
    let text = program.with_extension("c");
    fs::write(&text, source).expect("a file can be written");
    // A library follows the files that need it.
    let output = Command::new(COMPILER).arg("-o").arg(program).arg(&text).args(options).output();
    let output = output.expect("the compiler runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::remove_file(text).expect("a file of the test can be removed");
}

fn command(prefix: &Path, home: &Path) -> Program {
    let program = Program::new(Path::new("wine"), home)
        .environment("WINEPREFIX", prefix.to_str().expect("paths of tests are UTF-8"))
        .environment("LC_ALL", "C.UTF-8");
    SILENCE.iter().fold(program, |program, (name, value)| program.environment(name, value))
}

/// The tool. One that is older than its sources, which cargo lists beside it, is rejected: the
/// tests would run a different program.
fn find_tool() -> Result<PathBuf, String> {
    let built = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .with_file_name(TARGET)
        .join("debug/ensurepip-host.exe");
    let tool = std::env::var_os(TOOL).map_or(built, PathBuf::from);
    let modified = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    let Ok(built) = modified(&tool) else {
        return Err(format!("ensurepip-host built for {TARGET}"));
    };
    let sources = fs::read_to_string(tool.with_extension("d")).unwrap_or_default();
    let mut sources = sources.split_whitespace().skip(1).map(Path::new);
    if sources.any(|source| modified(source).is_ok_and(|modified| modified > built)) {
        return Err(format!("ensurepip-host built for {TARGET} from the present sources"));
    }
    Ok(tool)
}

/// Makes a Wine prefix, which takes half a minute, so it is kept.
fn made_prefix() -> PathBuf {
    let prefix = Path::new(CACHE).join("prefix");
    if prefix.is_dir() {
        return prefix;
    }
    let unfinished = Path::new(CACHE).join(format!("prefix-{}", std::process::id()));
    fs::create_dir_all(&unfinished).expect("the target directory can be written");
    let home = unfinished.clone();
    command(&unfinished, &home).arguments(["wineboot", "--init"]).run().expect_success();
    let library = unfinished.join("drive_c/windows/system32/bcryptprimitives.dll");
    compile(RANDOM, &["-shared", "-nostdlib", "-Wl,-e,DllMain"], &library);
    // It must not be in use when it is renamed.
    Program::new(Path::new("wineserver"), &home)
        .environment("WINEPREFIX", unfinished.to_str().expect("paths of tests are UTF-8"))
        .argument("--wait")
        .run()
        .expect_success();
    // If another process was faster, its prefix is as good.
    if fs::rename(&unfinished, &prefix).is_err() {
        let _ = fs::remove_dir_all(&unfinished);
    }
    prefix
}
