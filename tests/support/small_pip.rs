//! Wheels of pip that are sound and small: what is in the way of them is in the way of any.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Writes the wheel of a version into a directory that is made for it.
pub(crate) fn write(version: &str, directory: &Path) -> PathBuf {
    let metadata = format!("pip-{version}.dist-info");
    let files = [
        ("pip/__init__.py".to_owned(), format!("__version__ = '{version}'\n")),
        ("pip/_internal/__init__.py".to_owned(), format!("# {version}\n")),
        (
            format!("{metadata}/METADATA"),
            format!("Metadata-Version: 2.1\nName: pip\nVersion: {version}\n"),
        ),
        (
            format!("{metadata}/WHEEL"),
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
                .to_owned(),
        ),
        (
            format!("{metadata}/entry_points.txt"),
            "[console_scripts]\npip = pip:main\npip3 = pip:main\n".to_owned(),
        ),
    ];
    fs::create_dir(directory).expect("the place of the wheel is free");
    let path = directory.join(format!("pip-{version}-py3-none-any.whl"));
    let mut archive = ZipWriter::new(File::create(path).expect("a file can be made"));
    let mut record = String::new();
    for (name, text) in &files {
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(text));
        writeln!(record, "{name},sha256={digest},{}", text.len()).expect("a string takes it");
        archive.start_file(name, SimpleFileOptions::default()).expect("a member can be begun");
        archive.write_all(text.as_bytes()).expect("a member can be written");
    }
    let name = format!("{metadata}/RECORD");
    writeln!(record, "{name},,").expect("a string takes it");
    archive.start_file(name, SimpleFileOptions::default()).expect("a member can be begun");
    archive.write_all(record.as_bytes()).expect("a member can be written");
    archive.finish().expect("an archive can be finished");
    directory.to_owned()
}
