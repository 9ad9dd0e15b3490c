//! The launcher programs of the newest bundled pip, which scripts on Windows get if the component has
//! none for them: in a set without pip, or with a pip that lacks them.

use crate::wheels;
use ensurepip_wheels::Damaged;
use std::cell::OnceCell;

/// The launcher programs for one CPU.
pub(crate) struct Stubs {
    /// What their names have for it.
    cpu: &'static str,
    /// The unpacked contents of the bundled pip, once they are needed.
    contents: OnceCell<Result<Vec<u8>, Damaged>>,
}

impl Stubs {
    /// Those for a Python of this `sysconfig.get_platform()`.
    pub(crate) fn of(platform: &str) -> Stubs {
        // distlib selects them in this way.
        let cpu = match platform {
            "win-arm64" => "64-arm",
            "win-amd64" => "64",
            _ => "32",
        };
        Stubs { cpu, contents: OnceCell::new() }
    }

    /// The program without a console if `gui` is set, otherwise the one with a console. The error is a
    /// clause for people.
    pub(super) fn program(&self, gui: bool) -> Result<&[u8], String> {
        let wheel = wheels::newest();
        let kind = if gui { 'w' } else { 't' };
        let path = format!("pip/_vendor/distlib/{kind}{}.exe", self.cpu);
        let contents = self.contents.get_or_init(|| wheel.contents.unpack());
        let contents = contents.as_ref().map_err(ToString::to_string)?;
        let program = wheel.file(&path, contents);
        program.ok_or_else(|| format!("`{}` has no launcher program `{path}`", wheel.file_name))
    }
}

#[cfg(test)]
mod tests {
    use super::Stubs;

    /// By the field `Machine` of the header that the DOS header refers to, and by `Subsystem`: PE Format,
    /// "COFF File Header" and "Optional Header Windows-Specific Fields".
    #[test]
    fn bundled_launcher_is_for_cpu_and_kind_of_script() {
        let number = |program: &[u8], at: usize| {
            usize::from(u16::from_le_bytes([program[at], program[at + 1]]))
        };
        for (platform, machine) in [("win-amd64", 0x8664), ("win-arm64", 0xaa64), ("win32", 0x14c)]
        {
            let stubs = Stubs::of(platform);
            for (gui, subsystem) in [(false, 3), (true, 2)] {
                let program = stubs.program(gui).expect("pip has it");
                let header = number(program, 0x3c);
                assert_eq!(&program[header..header + 4], b"PE\0\0", "{platform}");
                assert_eq!(number(program, header + 4), machine, "{platform}");
                assert_eq!(number(program, header + 24 + 68), subsystem, "{platform}");
            }
        }
    }
}
