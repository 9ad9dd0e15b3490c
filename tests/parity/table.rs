//! The rows of the table: a state, a place, and the runs that are made there.
//!
//! The outermost interpreters get everything, since they have the oldest and the newest pip, and
//! PyPy; those between get what tells the states apart.

use super::check;
use super::state::State;

/// The first Python for which there is a wheel that is older than the one of its `ensurepip`.
pub(super) const OLDEST_WITH_OLDER_PIP: (u32, u32) = (3, 7);

/// One state, and what is done in it.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) state: State,
    pub(super) root: Root,
    pub(super) place: Place,
    pub(super) umask: &'static str,
    pub(super) environment: &'static [(&'static str, &'static str)],
    /// Whether `SOURCE_DATE_EPOCH` is set, with which bytecode refers to its source by hash.
    pub(super) is_reproducible: bool,
    /// Whether `ensurepip` is let to install setuptools where it would. It takes its time.
    pub(super) with_setuptools: bool,
    /// Whether the code objects are compared, and not only the names of the files.
    pub(super) with_bytecode: bool,
    pub(super) runs: &'static [Run],
}

/// One pair of runs.
#[derive(Clone, Copy)]
pub(super) struct Run {
    /// What both programs are given, beside `--root`.
    pub(super) options: &'static [&'static str],
    pub(super) on: On,
    /// Whether `ensurepip` must install its pip, or leave everything as it is. Two programs that
    /// do nothing leave the same.
    pub(super) installs: bool,
    /// The differences that this run must show, by name; others follow from the interpreter.
    pub(super) differences: &'static [&'static str],
}

/// The interpreters that a run is for.
#[derive(Clone, Copy)]
pub(super) enum On {
    All,
    AllWithOlderPip,
    /// The oldest and the newest, and PyPy.
    Outermost,
    OutermostWithOlderPip,
    /// For what is no business of the interpreter, such as how a root is spelt.
    Newest,
}

/// The spelling of `--root`.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Root {
    /// No such option: the virtual environment itself is the target.
    None,
    Plain,
    TrailingSlash,
    /// Relative to the current directory.
    Relative,
    /// A directory that is for the program to make.
    NotThereYet,
}

/// The directory that holds the virtual environment and the root.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Plain,
    /// A shebang line cannot hold a space, so the launchers go through a shell.
    WithSpace,
    /// A space and a quotation mark, which ends what the shell has in such marks.
    WithQuote,
    /// A shebang line of just this many bytes, `#!` and line end included.
    /// Up to 127 the kernel reads it; beyond, the launchers go through a shell.
    ShebangOf(usize),
}

impl Row {
    /// An environment without anything, and no runs yet.
    const PLAIN: Self = Self {
        state: State::Absent,
        root: Root::None,
        place: Place::Plain,
        umask: "022",
        environment: &[],
        is_reproducible: true,
        with_setuptools: false,
        with_bytecode: false,
        runs: &[],
    };

    const fn of(state: State, runs: &'static [Run]) -> Self {
        Self { state, runs, ..Self::PLAIN }
    }
}

/// `ensurepip` installs its pip.
const fn installs(on: On, options: &'static [&'static str]) -> Run {
    Run { options, on, installs: true, differences: &[] }
}

/// `ensurepip` leaves everything as it is.
const fn keeps(on: On, options: &'static [&'static str]) -> Run {
    Run { options, on, installs: false, differences: &[] }
}

impl Run {
    const fn but(self, differences: &'static [&'static str]) -> Self {
        Self { differences, ..self }
    }
}

/// Makes a test of each row, and a list of all.
macro_rules! rows {
    ($($(#[$attribute:meta])* $name:ident: $row:expr;)*) => {
        /// All rows, each with the name of its test.
        pub(super) const ROWS: &[(&str, Row)] = &[$((stringify!($name), $row)),*];

        $(
            $(#[$attribute])*
            #[test]
            fn $name() {
                const ROW: Row = $row;
                check(stringify!($name), &ROW);
            }
        )*
    };
}

rows! {
    a_virtual_environment: Row {
        with_setuptools: true,
        with_bytecode: true,
        runs: &[installs(On::All, &[])],
        ..Row::PLAIN
    };

    options_in_a_virtual_environment: Row::of(State::Absent, &[
        // As `venv` does it.
        installs(On::All, &["-U", "--default-pip"]),
        installs(On::Outermost, &["--altinstall"]),
        installs(On::Outermost, &["-U"]),
        installs(On::Outermost, &["--default-pip"]),
    ]);

    a_root: Row {
        root: Root::Plain,
        with_setuptools: true,
        with_bytecode: true,
        runs: &[installs(On::All, &[]).but(&["bytecode-path"])],
        ..Row::PLAIN
    };

    options_with_a_root: Row {
        root: Root::Plain,
        runs: &[
            installs(On::All, &["--altinstall"]),
            installs(On::Newest, &["--default-pip"]),
            installs(On::Newest, &["-U"]),
        ],
        ..Row::PLAIN
    };

    a_root_with_a_trailing_slash: Row {
        root: Root::TrailingSlash,
        runs: &[installs(On::Newest, &[])],
        ..Row::PLAIN
    };

    a_relative_root: Row {
        root: Root::Relative,
        runs: &[installs(On::Newest, &[])],
        ..Row::PLAIN
    };

    a_root_that_is_not_there_yet: Row {
        root: Root::NotThereYet,
        runs: &[installs(On::Newest, &[])],
        ..Row::PLAIN
    };

    a_path_with_a_space: Row {
        place: Place::WithSpace,
        runs: &[installs(On::Outermost, &[])],
        ..Row::PLAIN
    };

    a_path_that_a_shell_takes_apart: Row {
        place: Place::WithQuote,
        runs: &[installs(On::Outermost, &[]).but(&["shebang"])],
        ..Row::PLAIN
    };

    the_longest_plain_shebang: Row {
        place: Place::ShebangOf(127),
        runs: &[installs(On::Outermost, &[])],
        ..Row::PLAIN
    };

    a_shebang_one_byte_too_long: Row {
        place: Place::ShebangOf(128),
        runs: &[installs(On::Outermost, &[])],
        ..Row::PLAIN
    };

    /// Without `SOURCE_DATE_EPOCH`, bytecode names the time of its source, which is not the same in
    /// the two trees. It has to be right in each, or Python compiles the module anew on every
    /// import.
    bytecode_that_refers_to_its_source_by_time: Row {
        is_reproducible: false,
        with_bytecode: true,
        runs: &[installs(On::Outermost, &[])],
        ..Row::PLAIN
    };

    optimization_asked_for_by_the_environment: Row {
        environment: &[("PYTHONOPTIMIZE", "1")],
        runs: &[installs(On::Outermost, &[]).but(&["bytecode-variables"])],
        ..Row::PLAIN
    };

    a_umask_that_shuts_others_out: Row {
        umask: "077",
        runs: &[installs(On::Outermost, &[]).but(&["modes"])],
        ..Row::PLAIN
    };

    a_umask_that_lets_the_group_in: Row {
        umask: "002",
        root: Root::NotThereYet,
        runs: &[installs(On::Newest, &[]).but(&["modes"])],
        ..Row::PLAIN
    };

    an_inherited_option: Row {
        environment: &[("ENSUREPIP_OPTIONS", "altinstall")],
        runs: &[
            installs(On::Outermost, &["--default-pip"]).but(&["environment-option"]),
            installs(On::Newest, &[]),
        ],
        ..Row::PLAIN
    };

    an_older_pip: Row::of(State::Older, &[
        keeps(On::AllWithOlderPip, &[]),
        installs(On::AllWithOlderPip, &["-U"]),
        installs(On::OutermostWithOlderPip, &["-U", "--default-pip"]),
        installs(On::OutermostWithOlderPip, &["-U", "--altinstall"]),
    ]);

    the_same_pip: Row::of(State::Same, &[
        keeps(On::Outermost, &[]),
        keeps(On::Outermost, &["-U"]),
        keeps(On::Outermost, &["-U", "--default-pip"]),
    ]);

    a_newer_pip: Row::of(State::Newer, &[
        keeps(On::All, &[]),
        keeps(On::All, &["-U"]),
        keeps(On::Outermost, &["-U", "--default-pip"]),
        keeps(On::Outermost, &["-U", "--altinstall"]),
    ]);

    metadata_without_files: Row::of(State::MetadataAlone, &[
        installs(On::Outermost, &[]).but(&["broken-metadata"]),
        installs(On::Newest, &["-U"]).but(&["broken-metadata"]),
    ]);

    /// `ensurepip -U` replaces it.
    metadata_of_an_older_pip_without_files: Row::of(State::OlderMetadataAlone, &[
        installs(On::OutermostWithOlderPip, &["-U"]),
    ]);

    files_without_metadata: Row::of(State::PackageAlone, &[
        installs(On::Outermost, &[]),
        installs(On::Newest, &["-U"]),
    ]);

    a_pip_of_the_old_layout: Row::of(State::EggInfo, &[
        keeps(On::Outermost, &[]),
        keeps(On::Outermost, &["-U"]).but(&["old-layouts"]),
    ]);

    metadata_of_two_versions: Row::of(State::TwoVersions, &[
        keeps(On::OutermostWithOlderPip, &[]).but(&["several-versions"]),
        installs(On::OutermostWithOlderPip, &["-U"]).but(&["every-old-version"]),
    ]);

    /// Which name an old pip would call its own depends on where it was built.
    a_script_of_another_python: Row::of(State::ForeignScript, &[
        keeps(On::Newest, &[]),
        installs(On::Newest, &["-U"]).but(&["scripts-by-record"]),
    ]);

    a_pip_on_pythonpath: Row::of(State::OnPythonPath, &[
        installs(On::Outermost, &[]).but(&["judged-in-target"]),
        installs(On::Newest, &["-U"]).but(&["judged-in-target"]),
    ]);

    a_pip_in_the_current_directory: Row::of(State::InCurrentDirectory, &[
        installs(On::Newest, &[]).but(&["judged-in-target"]),
        installs(On::Newest, &["-U"]).but(&["judged-in-target"]),
    ]);

    a_pip_in_the_system_site: Row::of(State::InSystemSite, &[
        installs(On::Newest, &[]).but(&["judged-in-target"]),
        installs(On::Newest, &["-U"]).but(&["judged-in-target"]),
    ]);

    a_root_and_a_pip_outside: Row {
        root: Root::Plain,
        ..Row::of(State::Older, &[
            installs(On::OutermostWithOlderPip, &[]).but(&["judged-in-target"]),
            installs(On::OutermostWithOlderPip, &["-U"]).but(&["upgrade-in-root"]),
        ])
    };
}
