//! Small wheels of a pip that never was, sound but for what a test puts into them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::pip_wheel::PipWheel;

/// Its version.
pub(crate) const VERSION: &str = "99";

/// Writes a wheel that requires something of the Python and has some files more.
pub(crate) fn write(path: &Path, requires: &str, more: &[(&str, &[u8])]) {
    let metadata = format!("pip-{VERSION}.dist-info");
    let text = format!(
        "Metadata-Version: 2.1\nName: pip\nVersion: {VERSION}\nRequires-Python: {requires}\n"
    );
    let format = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
    let (metadata_path, format_path) =
        (format!("{metadata}/METADATA"), format!("{metadata}/WHEEL"));
    let files: [(&str, &[u8]); 3] = [
        ("pip/__init__.py", b""),
        (&metadata_path, text.as_bytes()),
        (&format_path, format.as_bytes()),
    ];
    let mut archive = ZipWriter::new(File::create(path).expect("a file can be made"));
    let mut record = String::new();
    for (name, contents) in files.iter().chain(more) {
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(contents));
        writeln!(record, "{name},sha256={digest},{}", contents.len()).expect("a string takes it");
        archive.start_file(*name, SimpleFileOptions::default()).expect("a member can be begun");
        archive.write_all(contents).expect("a member can be written");
    }
    let name = format!("{metadata}/RECORD");
    writeln!(record, "{name},,").expect("a string takes it");
    archive.start_file(name, SimpleFileOptions::default()).expect("a member can be begun");
    archive.write_all(record.as_bytes()).expect("a member can be written");
    archive.finish().expect("an archive can be finished");
}

/// One of the launcher programs for Windows that the bundled pip brings.
pub(crate) fn launcher_stub(name: &str) -> Vec<u8> {
    let wheel = PipWheel::bundled().pop().expect("the tool under test bundles one");
    let mut wheel = ZipArchive::new(File::open(wheel.path).expect("a wheel can be opened"))
        .expect("a wheel is a ZIP");
    let mut member =
        wheel.by_name(&format!("pip/_vendor/distlib/{name}.exe")).expect("pip brings it");
    let mut contents = Vec::new();
    member.read_to_end(&mut contents).expect("a member can be read");
    contents
}
