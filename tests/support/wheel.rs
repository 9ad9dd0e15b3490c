//! A small wheel, for the pip that was installed to install.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The name of the distribution and of its module.
pub(crate) const NAME: &str = "greeting";

/// What `import greeting` gives the name `words`.
pub(crate) const WORDS: &str = "hello from a wheel";

/// Writes the wheel into a directory.
pub(crate) fn write(directory: &Path) -> PathBuf {
    let path = directory.join(format!("{NAME}-1.0-py3-none-any.whl"));
    let metadata = format!("{NAME}-1.0.dist-info");
    let record = format!("{metadata}/RECORD");
    let mut members = vec![
        (format!("{NAME}.py"), format!("words = '{WORDS}'\n")),
        (
            format!("{metadata}/METADATA"),
            format!("Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0\n"),
        ),
        (
            format!("{metadata}/WHEEL"),
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
                .to_owned(),
        ),
    ];
    let rows = members.iter().map(|(name, _)| name).chain([&record]);
    let rows = rows.flat_map(|name| [name, ",,\n"]).collect::<String>();
    members.push((record, rows));

    let mut archive = ZipWriter::new(File::create(&path).expect("a file can be made"));
    for (name, text) in members {
        archive.start_file(name, SimpleFileOptions::default()).expect("a member can be begun");
        archive.write_all(text.as_bytes()).expect("a member can be written");
    }
    archive.finish().expect("the archive can be ended");
    path
}
