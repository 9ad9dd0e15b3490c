//! The rows of the table: a state, a place, and the runs there.
//!
//! The oldest and the newest interpreter run everything, since they have the oldest and the newest
//! pip; those between and PyPy run only what distinguishes the states.

use super::check;
use super::state::State;

/// The first Python for which there is a wheel that is older than the one of its `ensurepip`.
pub(super) const OLDEST_WITH_OLDER_PIP: (u32, u32) = (3, 7);

/// One state, and the runs in it.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) state: State,
    pub(super) root: Root,
    pub(super) place: Place,
    pub(super) umask: &'static str,
    pub(super) environment: &'static [(&'static str, &'static str)],
    /// Whether `SOURCE_DATE_EPOCH` is set, with which bytecode refers to its source by hash.
    pub(super) is_reproducible: bool,
    pub(super) setuptools: Setuptools,
    /// Whether the code objects are compared, and not only the names of the files.
    pub(super) with_bytecode: bool,
    pub(super) runs: &'static [Run],
}

/// One pair of runs.
#[derive(Clone, Copy)]
pub(super) struct Run {
    /// The options of both programs, beside `--root`.
    pub(super) options: &'static [&'static str],
    pub(super) on: On,
    /// Whether `ensurepip` must install its pip, or leave everything as it is. Two programs that do
    /// nothing leave the same.
    pub(super) installs: bool,
    /// The differences that this run must show, by name; others follow from the interpreter.
    pub(super) differences: &'static [&'static str],
}

/// What becomes of setuptools where `ensurepip` installs it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Setuptools {
    /// It looks installed, so that `ensurepip` leaves it alone: installing it takes time.
    Pretended,
    /// Only `ensurepip` installs it.
    OfEnsurepip,
    /// Both programs install it.
    OfBoth,
}

/// The interpreters that a run is for.
#[derive(Clone, Copy)]
pub(super) enum On {
    All,
    AllWithOlderPip,
    /// Those whose `ensurepip` installs setuptools; PyPy in an exhaustive run.
    AllWithSetuptools,
    /// The oldest and the newest, and in an exhaustive run PyPy.
    Outermost,
    OutermostWithOlderPip,
    /// For facts that do not depend on the interpreter, such as the spelling of a root.
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
    /// A directory that the program must make.
    NotThereYet,
}

/// The directory that contains the virtual environment and the root.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Plain,
    /// A shebang line cannot hold a space, so the launchers go through a shell.
    WithSpace,
    /// A space and a quotation mark, which ends a quoted word in the shell.
    WithQuote,
    /// A shebang line of exactly this many bytes, `#!` and line end included. The kernel reads up
    /// to 127; beyond that, the launchers use a shell.
    ShebangOf(usize),
}

impl Row {
    /// An empty environment, and no runs yet.
    const PLAIN: Self = Self {
        state: State::Absent,
        root: Root::None,
        place: Place::Plain,
        umask: "022",
        environment: &[],
        is_reproducible: true,
        setuptools: Setuptools::Pretended,
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
    venv_install_equals_ensurepip: Row {
        setuptools: Setuptools::OfEnsurepip,
        with_bytecode: true,
        runs: &[installs(On::All, &[])],
        ..Row::PLAIN
    };

    venv_options_equal_ensurepip: Row::of(State::Absent, &[
        // The options of `venv`.
        installs(On::All, &["-U", "--default-pip"]),
        installs(On::Outermost, &["--altinstall"]),
        installs(On::Outermost, &["-U"]),
        installs(On::Outermost, &["--default-pip"]),
    ]);

    root_install_equals_ensurepip: Row {
        root: Root::Plain,
        setuptools: Setuptools::OfEnsurepip,
        with_bytecode: true,
        runs: &[installs(On::All, &[]).but(&["bytecode-path"])],
        ..Row::PLAIN
    };

    venv_install_of_pip_and_setuptools_equals_ensurepip: Row {
        setuptools: Setuptools::OfBoth,
        with_bytecode: true,
        runs: &[installs(On::AllWithSetuptools, &[])],
        ..Row::PLAIN
    };

    /// The options also select the scripts of an old setuptools.
    options_for_pip_and_setuptools_equal_ensurepip: Row {
        setuptools: Setuptools::OfBoth,
        runs: &[
            installs(On::AllWithSetuptools, &["-U", "--default-pip"]),
            installs(On::AllWithSetuptools, &["--altinstall"]),
        ],
        ..Row::PLAIN
    };

    root_install_of_pip_and_setuptools_equals_ensurepip: Row {
        root: Root::Plain,
        setuptools: Setuptools::OfBoth,
        with_bytecode: true,
        runs: &[installs(On::AllWithSetuptools, &[]).but(&["bytecode-path"])],
        ..Row::PLAIN
    };

    root_options_equal_ensurepip: Row {
        root: Root::Plain,
        runs: &[
            installs(On::All, &["--altinstall"]),
            installs(On::Newest, &["--default-pip"]),
            installs(On::Newest, &["-U"]),
        ],
        ..Row::PLAIN
    };

    root_with_trailing_slash_equals_ensurepip: Row {
        root: Root::TrailingSlash,
        runs: &[installs(On::Newest, &[])],
        ..Row::PLAIN
    };

    root_as_relative_path_equals_ensurepip: Row {
        root: Root::Relative,
        runs: &[installs(On::Newest, &[])],
        ..Row::PLAIN
    };

    root_missing_is_created_as_by_ensurepip: Row {
        root: Root::NotThereYet,
        runs: &[installs(On::Newest, &[])],
        ..Row::PLAIN
    };

    venv_path_with_space_equals_ensurepip: Row {
        place: Place::WithSpace,
        runs: &[installs(On::Outermost, &[])],
        ..Row::PLAIN
    };

    venv_path_with_quote_differs_only_in_shebang: Row {
        place: Place::WithQuote,
        runs: &[installs(On::Outermost, &[]).but(&["shebang"])],
        ..Row::PLAIN
    };

    shebang_of_127_bytes_equals_ensurepip: Row {
        place: Place::ShebangOf(127),
        runs: &[installs(On::Outermost, &[])],
        ..Row::PLAIN
    };

    shebang_of_128_bytes_equals_ensurepip: Row {
        place: Place::ShebangOf(128),
        runs: &[installs(On::Outermost, &[])],
        ..Row::PLAIN
    };

    /// Without `SOURCE_DATE_EPOCH`, bytecode records the time of its source, which differs between
    /// the two trees. It must be right in each, or Python compiles the module again on every
    /// import.
    bytecode_with_timestamps_equals_ensurepip: Row {
        is_reproducible: false,
        with_bytecode: true,
        runs: &[installs(On::Outermost, &[])],
        ..Row::PLAIN
    };

    pythonoptimize_variable_differs_only_in_bytecode: Row {
        environment: &[("PYTHONOPTIMIZE", "1")],
        runs: &[installs(On::Outermost, &[]).but(&["bytecode-variables"])],
        ..Row::PLAIN
    };

    umask_077_differs_only_in_modes: Row {
        umask: "077",
        runs: &[installs(On::Outermost, &[]).but(&["modes"])],
        ..Row::PLAIN
    };

    umask_002_differs_only_in_modes: Row {
        umask: "002",
        root: Root::NotThereYet,
        runs: &[installs(On::Newest, &[]).but(&["modes"])],
        ..Row::PLAIN
    };

    ensurepip_options_variable_is_ignored: Row {
        environment: &[("ENSUREPIP_OPTIONS", "altinstall")],
        runs: &[
            installs(On::Outermost, &["--default-pip"]).but(&["environment-option"]),
            installs(On::Newest, &[]),
        ],
        ..Row::PLAIN
    };

    older_pip_is_kept_or_upgraded_as_by_ensurepip: Row::of(State::Older, &[
        keeps(On::AllWithOlderPip, &[]),
        installs(On::AllWithOlderPip, &["-U"]),
        installs(On::OutermostWithOlderPip, &["-U", "--default-pip"]),
        installs(On::OutermostWithOlderPip, &["-U", "--altinstall"]),
    ]);

    same_pip_is_kept_as_by_ensurepip: Row::of(State::Same, &[
        keeps(On::Outermost, &[]),
        keeps(On::Outermost, &["-U"]),
        keeps(On::Outermost, &["-U", "--default-pip"]),
    ]);

    newer_pip_is_kept_as_by_ensurepip: Row::of(State::Newer, &[
        keeps(On::All, &[]),
        keeps(On::All, &["-U"]),
        keeps(On::Outermost, &["-U", "--default-pip"]),
        keeps(On::Outermost, &["-U", "--altinstall"]),
    ]);

    dist_info_without_files_is_reinstalled: Row::of(State::MetadataAlone, &[
        installs(On::Outermost, &[]).but(&["broken-metadata"]),
        installs(On::Newest, &["-U"]).but(&["broken-metadata"]),
    ]);

    /// `ensurepip -U` replaces it.
    older_dist_info_without_files_is_upgraded: Row::of(State::OlderMetadataAlone, &[
        installs(On::OutermostWithOlderPip, &["-U"]),
    ]);

    package_without_dist_info_is_reinstalled: Row::of(State::PackageAlone, &[
        installs(On::Outermost, &[]),
        installs(On::Newest, &["-U"]),
    ]);

    egg_info_pip_is_kept_and_not_upgraded: Row::of(State::EggInfo, &[
        keeps(On::Outermost, &[]),
        keeps(On::Outermost, &["-U"]).but(&["old-layouts"]),
    ]);

    two_dist_infos_are_refused_or_upgraded: Row::of(State::TwoVersions, &[
        keeps(On::OutermostWithOlderPip, &[]).but(&["several-versions"]),
        installs(On::OutermostWithOlderPip, &["-U"]).but(&["every-old-version"]),
    ]);

    /// The name that an old pip would take for its own depends on where it was built.
    foreign_script_is_kept_on_upgrade: Row::of(State::ForeignScript, &[
        keeps(On::Newest, &[]),
        installs(On::Newest, &["-U"]).but(&["scripts-by-record"]),
    ]);

    pip_on_pythonpath_is_ignored: Row::of(State::OnPythonPath, &[
        installs(On::Outermost, &[]).but(&["judged-in-target"]),
        installs(On::Newest, &["-U"]).but(&["judged-in-target"]),
    ]);

    pip_in_current_directory_is_ignored: Row::of(State::InCurrentDirectory, &[
        installs(On::Newest, &[]).but(&["judged-in-target"]),
        installs(On::Newest, &["-U"]).but(&["judged-in-target"]),
    ]);

    pip_in_system_site_is_ignored: Row::of(State::InSystemSite, &[
        installs(On::Newest, &[]).but(&["judged-in-target"]),
        installs(On::Newest, &["-U"]).but(&["judged-in-target"]),
    ]);

    pip_outside_root_is_ignored: Row {
        root: Root::Plain,
        ..Row::of(State::Older, &[
            installs(On::OutermostWithOlderPip, &[]).but(&["judged-in-target"]),
            installs(On::OutermostWithOlderPip, &["-U"]).but(&["upgrade-in-root"]),
        ])
    };
}
