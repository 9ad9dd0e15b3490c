//! The integration tests of `ensurepip-host`, as one program.
//!
//! Each module asks one question of the finished binary.

/// How the tests run programs, find interpreters and compare directories.
#[cfg(unix)]
mod support;

/// Does it leave exactly what `ensurepip` leaves, whatever there was before?
#[cfg(unix)]
mod parity;

/// Is one pip replaced by another cleanly, also if the upgrade is killed?
#[cfg(unix)]
mod upgrade;

/// Is nothing lost, whenever the program is killed?
#[cfg(target_os = "linux")]
mod crash;

/// Does all of it work where directories cannot be renamed, as in a container's image?
#[cfg(target_os = "linux")]
mod overlay;

/// Does pip itself find no fault with the installation, and remove all of it?
#[cfg(unix)]
mod pip_accepts;

/// Are odd images of real tools and builders taken as they take them, and hostile ones refused?
#[cfg(target_os = "linux")]
mod odd_images;

/// Does the command line behave as that of `ensurepip`?
#[cfg(unix)]
mod command_line;

/// Do the same inputs give the same tree, times included?
#[cfg(unix)]
mod reproducible;

/// Is bytecode equal, byte for byte, to that of CPython's own tools?
#[cfg(unix)]
mod bytecode;

/// Is cached bytecode used only for the same sources and settings?
#[cfg(unix)]
mod cache;

/// Is cached bytecode, put at another path, what the interpreter compiles there, to the byte?
#[cfg(unix)]
mod relocation;

/// Is bytecode from a pack what the interpreter would compile, and is a bad pack refused?
#[cfg(unix)]
mod packs;

/// Do programs get what the published schema promises, and is it true?
#[cfg(unix)]
mod json;

/// Are the standard library modules that pip needs known?
#[cfg(unix)]
mod imports;

/// Is the bill of materials valid, and is it true?
#[cfg(unix)]
mod sbom;

/// Does the tool regard as installed what `importlib.metadata` finds?
#[cfg(unix)]
mod installed;

/// Does `status` report the truth, and touch nothing?
#[cfg(unix)]
mod status;

/// Do a dry run and `status` predict why a run is refused?
#[cfg(target_os = "linux")]
mod foresight;

/// Does a build that fakes the ids of users and files get the same result as any other?
#[cfg(target_os = "linux")]
mod faked_ids;

/// Can other programs do with the library what the program does?
#[cfg(unix)]
mod library;

/// Can others identify the component, and use it?
#[cfg(unix)]
mod component;

/// Does each path of the README lead to a working pip?
#[cfg(unix)]
mod newcomer;

/// Do the commands and codes of the documents exist?
#[cfg(unix)]
mod documents;

/// Can the program replace CPython's `ensurepip` for its callers?
#[cfg(unix)]
mod ensurepip_shim;

/// Does the Python package work for its users, wherever pip has installed it?
#[cfg(unix)]
mod python_package;

/// Do hosts of the component in other languages produce the same tree?
#[cfg(unix)]
mod embeddings;

/// Does everything that CPython's own tests assert of `ensurepip` hold for the program?
#[cfg(unix)]
mod behaviours;

/// Is a seeded pip a pip like any other, wherever the environment comes from?
#[cfg(unix)]
mod seeding;

/// Do concurrent runs on one target give the result of a single run?
#[cfg(unix)]
mod concurrent;

/// Are wheels of the largest allowed size installed?
#[cfg(unix)]
mod giants;

/// Is every refusal reported clearly, and nothing changed by it?
#[cfg(unix)]
mod refusals;

/// Is a wheel refused that was damaged inside the program?
#[cfg(unix)]
mod bundled_wheels;

/// Is the newest suitable wheel of a directory installed, and no more trusted than any other file?
#[cfg(unix)]
mod wheel_directory;

/// Is every obstacle replaced or reported, and never followed or waited for?
#[cfg(target_os = "linux")]
mod obstacles;

/// Is pip installed wherever `ensurepip` could, under any limits and surroundings that a parent
/// leaves?
#[cfg(target_os = "linux")]
mod limits;

/// Does a root keep everything inside, whatever links are in it?
#[cfg(unix)]
mod root;

/// Is it clear which Python a root belongs to, and is a root without one refused where that is a
/// mistake?
#[cfg(unix)]
mod discovery;

/// Is the Python found that the user named by its version, directory or name?
#[cfg(unix)]
mod requested_python;

/// Does a package build put pip where the distribution's own packages go, and does that pip start?
#[cfg(target_os = "linux")]
mod packaging;

/// Does pip get into an image, without running its Python or changing anything outside?
#[cfg(unix)]
mod images;

/// Does pip get into OCI images, as the tools that others use for them see it?
#[cfg(target_os = "linux")]
mod oci;

/// Does the system ensure that only the target is changed?
#[cfg(target_os = "linux")]
mod confinement;

/// Does the program stay off the network?
#[cfg(target_os = "linux")]
mod network;

/// Is nothing outside a root touched if its directories become links while pip is installed?
#[cfg(unix)]
mod race;

/// Is the marker of PEP 668 honoured, if it is the target's own?
#[cfg(unix)]
mod externally_managed;

/// Is pip installed into the user's own site, on request and where that is the only way?
#[cfg(unix)]
mod user_site;

/// Is a set of wheels installed as pip installs it, and completely or not at all?
#[cfg(target_os = "linux")]
mod sets;

/// Does the program do on Windows what it does on other systems?
#[cfg(target_os = "linux")]
mod windows;

/// Is pip removed, and nothing else?
#[cfg(unix)]
mod uninstall;

/// Is everything undone when a signal ends the program, and is no process left running?
#[cfg(target_os = "linux")]
mod signals;

/// Does a user at a terminal see the progress of long work, and colours, and a pipe neither?
#[cfg(unix)]
mod terminal;

/// Are lengths, layers, documentation and versions in order?
mod tidy;
