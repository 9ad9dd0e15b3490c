//! Is a virtual environment of an image described as by its own Python, whatever is in its
//! `pyvenv.cfg`?

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::{copy_of, report_cells};
use crate::support::images::BOOKWORM;
use crate::support::pip_wheel::NEWEST;
use crate::support::process::Program;

/// The path of a `pyvenv.cfg` in the environment, and its text.
const FILES: [(&str, &str); 6] = [
    ("pyvenv.cfg", ""),
    ("bin/pyvenv.cfg", ""),
    ("pyvenv.cfg", "home = /usr\n"),
    ("pyvenv.cfg", "home = usr/bin\n"),
    ("pyvenv.cfg", "HOME=/usr/bin\nInclude-System-Site-Packages = True"),
    ("pyvenv.cfg", "home = /nowhere\nexecutable = /usr/bin/python3\nhome = /usr/bin\n"),
];

/// The Python in a chroot states where packages go. pip is there, and it starts.
#[test]
fn venv_in_image_matches_its_python() {
    let (image, scratch) = match copy_of(&BOOKWORM) {
        Ok(copy) => copy,
        Err(reason) => return report_cells("environments", &[], &[reason]),
    };
    let in_image = |arguments: &[&str]| {
        Program::new(Path::new("chroot"), scratch.home())
            .environment("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .environment("PYTHONDONTWRITEBYTECODE", "1")
            .argument(&image.root)
            .arguments(arguments)
            .run()
            .expect_success()
            .stdout()
    };
    for (number, (file, text)) in FILES.iter().enumerate() {
        let environment = format!("/app{number}");
        let python = format!("{environment}/bin/python3");
        fs::create_dir_all(image.at(&environment).join("bin")).expect("directories can be made");
        symlink("/usr/bin/python3", image.at(&python)).expect("a link can be made");
        fs::write(image.at(&environment).join(file), text).expect("a file can be written");
        let ask = "import sysconfig; print(sysconfig.get_path('purelib'))";
        let library = in_image(&[&python, "-c", ask]);
        let library = library.trim_end();
        assert!(library.starts_with(&environment), "{file} {text:?}: {library}");
        Program::under_test(scratch.home())
            .arguments(["--python", &python, "--root"])
            .argument(&image.root)
            .run()
            .expect_success();
        let pip = &format!("{environment}/bin/pip3");
        for command in [&[python.as_str(), "-m", "pip", "--version"][..], &[pip, "--version"]] {
            let told = in_image(command);
            assert!(told.starts_with(&format!("pip {NEWEST} from {library}/pip ")), "{told}");
        }
    }
    report_cells("environments", &[format!("{} with {} files", BOOKWORM.name(), FILES.len())], &[]);
}
