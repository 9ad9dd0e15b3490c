//! Is every pack refused that does not fit or is damaged, before anything of the target is changed?

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use sha2::{Digest as _, Sha256};

use super::{pack_of, write};
use crate::support::announce::report_skipped;
use crate::support::interpreters::Interpreters;
use crate::support::pip_wheel::{NEWEST, OLDER, PipWheel};
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::target::Target;

const CODE: &str = "bytecode-pack";

/// A name string of CPython in the canonical form: interned, short, empty, and one that can be named.
const NO_NAME: &[u8] = b"\xda\0";

/// An environment, and a pack that fits it.
struct Bench {
    target: Target,
    pack: PathBuf,
    contents: Vec<u8>,
}

impl Bench {
    fn new() -> Bench {
        let target = Target::new();
        let pack = pack_of(Interpreters::newest(), &target.scratch);
        let contents = fs::read(&pack).expect("it is there");
        Bench { target, pack, contents }
    }

    /// Checks that a run with other contents of the pack is refused for this reason.
    fn expect_refusal(&self, contents: &[u8], reason: &str, case: &str) {
        fs::write(&self.pack, contents).expect("it is ours");
        self.expect_error(&[], reason, case);
    }

    fn expect_error(&self, options: &[&str], reason: &str, case: &str) {
        let pack = self.pack.to_string_lossy();
        let arguments = [&["--bytecode-pack", &pack], options].concat();
        let message = self.target.error(&arguments, CODE);
        assert!(message.starts_with(&format!("bytecode pack `{pack}`: ")), "{case}: {message}");
        assert!(message.contains(reason), "{case}: {message}");
    }

    /// The JSON, and the canonical forms.
    fn parts(&self) -> (String, Vec<u8>) {
        let mut lines = self.contents.splitn(3, |byte| *byte == b'\n').skip(1);
        let header = String::from_utf8(lines.next().expect("it has a header").to_vec());
        let mut forms = Vec::new();
        let stream = lines.next().expect("it has a stream");
        ZlibDecoder::new(stream).read_to_end(&mut forms).expect("it is one");
        (header.expect("it is text"), forms)
    }
}

/// A pack of these parts.
fn composed(header: &str, forms: &[u8]) -> Vec<u8> {
    let pack = format!("ensurepip-host bytecode pack 1\n{header}\n").into_bytes();
    let mut stream = ZlibEncoder::new(pack, Compression::best());
    stream.write_all(forms).expect("there is memory");
    stream.finish().expect("there is memory")
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = Sha256::digest(bytes).into_iter().map(|byte| format!("{byte:02x}"));
    digits.collect::<Vec<_>>().concat()
}

#[test]
fn pack_of_other_python_or_wheel_is_refused() {
    let bench = Bench::new();
    let mut pythons = Interpreters::of_this_machine().found.iter().rev();
    let other = pythons.find(|python| (3, 7) <= python.version && python.version < (3, 13));
    let Some(other) = other else { return report_skipped("packs", "a second Python") };
    let contents = fs::read(pack_of(other, &bench.target.scratch)).expect("it is there");
    let reason = format!("it is for cpython {} (", other.name());
    bench.expect_refusal(&contents, &reason, "another Python");
    bench.expect_error(&["--dry-run"], &reason, "another Python, dry run");

    fs::write(&bench.pack, &bench.contents).expect("it is ours");
    let wheels = bench.target.scratch.work().join("wheels");
    fs::create_dir(&wheels).expect("the name is free");
    let older = PipWheel::of(OLDER).path;
    fs::copy(&older, wheels.join(older.file_name().expect("it has one"))).expect("there is room");
    let reason = format!("it is for the wheel `pip-{NEWEST}-");
    let options = ["--wheel-dir", &*wheels.to_string_lossy()];
    bench.expect_error(&options, &reason, "another wheel");

    for (name, reason) in [("gone", "No such file"), ("wheels", "it is not a file")] {
        let pack = bench.target.scratch.work().join(name);
        let message = bench.target.error(&["--bytecode-pack", &pack.to_string_lossy()], CODE);
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn damaged_pack_is_refused() {
    let bench = Bench::new();
    let size = bench.contents.len();
    let start =
        size - bench.contents.splitn(3, |byte| *byte == b'\n').last().map_or(0, <[u8]>::len);
    for end in [0, 10, 31, 32, start / 2, start - 1, start, start + 2, size / 2, size - 5, size - 1]
    {
        bench.expect_refusal(&bench.contents[..end], "", &format!("cut at {end}"));
    }
    let spread = |from: usize, to: usize, count: usize| {
        (0..count).map(move |number| from + (to - from - 1) * number / (count - 1))
    };
    for position in spread(0, start, 16).chain(spread(start, size, 12)) {
        let mut contents = bench.contents.clone();
        contents[position] ^= 1 << (position % 8);
        bench.expect_refusal(&contents, "", &format!("changed at {position}"));
    }
    let longer = [&bench.contents[..], b"\n"].concat();
    bench.expect_refusal(&longer, "there is something after its end", "longer");
}

/// The compressed part and the header fit each other again.
#[test]
fn pack_with_wrong_digest_or_name_is_refused() {
    let bench = Bench::new();
    let (header, forms) = bench.parts();
    assert!(composed(&header, &forms) == bench.contents, "composed as it was written");
    let parsed: serde_json::Value = serde_json::from_str(&header).expect("it is JSON");
    let entries = parsed["entries"].as_array().expect("it has entries");
    let first = entries.iter().find(|entry| !entry["bytecode"].is_null()).expect("there is one");
    let text = |value: &serde_json::Value| value.to_string().trim_matches('"').to_owned();
    let (digest, size) = (text(&first["bytecode"]["sha256"]), text(&first["bytecode"]["size"]));
    let length: usize = size.parse().expect("it is a number");

    let wrong = header.replacen(&digest, &"0".repeat(64), 1);
    bench.expect_refusal(&composed(&wrong, &forms), "has another digest", "wrong digest");
    let wrong = header.replacen(&text(&first["sha256"]), &"0".repeat(64), 1);
    let reason = "it has no entry for the source";
    bench.expect_refusal(&composed(&wrong, &forms), reason, "wrong source");

    // Another name, or none that the walker finds.
    let form = &forms[..length];
    let place = form.windows(NO_NAME.len()).position(|window| window == NO_NAME);
    let place = place.expect("it has an empty name");
    for name in [&b"\xda\x05other"[..], b"\x5a\0", b"\xf3\0\0\0\0", b"N"] {
        let changed = [&form[..place], name, &form[place + NO_NAME.len()..]].concat();
        let stated = header.replacen(&digest, &hexadecimal(&changed), 1).replacen(
            &format!("\"size\":{size}}}"),
            &format!("\"size\":{}}}", changed.len()),
            1,
        );
        let contents = composed(&stated, &[&changed, &forms[length..]].concat());
        bench.expect_refusal(&contents, "its bytecode cannot be used for the source", "name");
    }
    fs::write(&bench.pack, &bench.contents).expect("it is ours");
    let pack = bench.pack.to_string_lossy();
    bench.target.tool().arguments(["--bytecode-pack", &*pack]).run().expect_success();
}

#[test]
fn pack_without_bytecode_or_for_unknown_python_is_error() {
    let scratch = Scratch::new();
    let pack = scratch.work().join("pack");
    let refused = Program::under_test(scratch.home())
        .arguments(["--no-compile", "--bytecode-pack"])
        .argument(&pack)
        .run();
    assert_eq!(refused.status(), Some(2), "{refused}");
    let refused = Program::under_test(scratch.home()).argument("bytecode-pack").run();
    assert_eq!(refused.status(), Some(2), "{refused}");

    let mut pythons = Interpreters::of_this_machine().with_pypy();
    pythons.retain(|python| python.is_pypy || !python.has_hashed_bytecode());
    for python in pythons {
        let refused = write(&python.executable, &pack, scratch.home());
        assert_eq!(refused.status(), Some(1), "{refused}");
        assert!(refused.stderr().contains("packs are for CPython 3.7 to 3.15"), "{refused}");
    }
    let python = &Interpreters::newest().executable;
    for place in [scratch.work().join("gone/pack"), scratch.work().to_owned()] {
        let refused = write(python, &place, scratch.home());
        assert_eq!(refused.status(), Some(1), "{refused}");
        assert!(refused.stderr().contains("failed to write"), "{refused}");
    }
    assert_eq!(names(scratch.work()), 0, "nothing is left");
}

/// How many entries a directory has.
fn names(directory: &Path) -> usize {
    fs::read_dir(directory).expect("it can be listed").count()
}
