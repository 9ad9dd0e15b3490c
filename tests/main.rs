//! The integration tests of `ensurepip-host`, as one program.
//!
//! Each module asks one question of the finished binary.

/// How the tests run things, find interpreters and look at directories.
#[cfg(unix)]
mod support;

/// Does it leave exactly what `ensurepip` leaves, whatever there was before?
#[cfg(unix)]
mod parity;

/// Is one pip replaced by another cleanly, also if the upgrade is killed?
#[cfg(unix)]
mod upgrade;

/// Is nothing lost whenever the program is killed?
#[cfg(target_os = "linux")]
mod crash;

/// Does all of it work where directories cannot be renamed, as in a container's image?
#[cfg(target_os = "linux")]
mod overlay;

/// Does pip itself find nothing to complain about in what was installed, and remove all of it?
#[cfg(unix)]
mod pip_accepts;

/// Does the command line behave as that of `ensurepip`?
#[cfg(unix)]
mod command_line;

/// Do the same inputs give the same tree, times included?
#[cfg(unix)]
mod reproducible;

/// Is bytecode that which CPython's own tools write, to the byte?
#[cfg(unix)]
mod bytecode;

/// Is bytecode that was compiled before taken for the same question only?
#[cfg(unix)]
mod cache;

/// Do programs get what the published schema promises, and is it true?
#[cfg(unix)]
mod json;

/// Is it known which modules of the standard library pip needs?
#[cfg(unix)]
mod imports;

/// Is the bill of materials one, and is it true?
#[cfg(unix)]
mod sbom;

/// Is what counts as installed what `importlib.metadata` finds?
#[cfg(unix)]
mod installed;

/// Does `status` tell the truth, and touch nothing?
#[cfg(unix)]
mod status;

/// Do a dry run and `status` foresee what a run is refused for?
#[cfg(target_os = "linux")]
mod foresight;

/// Does a build that fakes the ids of users and files get what every other one gets?
#[cfg(target_os = "linux")]
mod faked_ids;

/// Does the library do for other programs what the program does?
#[cfg(unix)]
mod library;

/// Is the component one that others can tell, and use?
#[cfg(unix)]
mod component;

/// Does each path of the README lead to a pip that runs?
#[cfg(unix)]
mod newcomer;

/// Do the commands and codes of the documents exist?
#[cfg(unix)]
mod documents;

/// Can the program take the place of CPython's `ensurepip`, for whoever calls that?
#[cfg(unix)]
mod ensurepip_shim;

/// Do other hosts of the component, in other languages, leave the same tree?
#[cfg(unix)]
mod embeddings;

/// Is everything true of the program that CPython's own tests assert of `ensurepip`?
#[cfg(unix)]
mod behaviours;

/// Is a pip that was seeded a pip like any other, wherever the environment comes from?
#[cfg(unix)]
mod seeding;

/// Do runs at the same time on one target come to one result?
#[cfg(unix)]
mod concurrent;

/// Are wheels installed that are as large as they may be?
#[cfg(unix)]
mod giants;

/// Is what cannot be done told clearly, and nothing changed by it?
#[cfg(unix)]
mod refusals;

/// Is a wheel that was damaged inside of the program refused?
#[cfg(unix)]
mod bundled_wheels;

/// Is the newest wheel of a directory that fits installed, and no more trusted than any other file?
#[cfg(unix)]
mod wheel_directory;

/// Is whatever is in the way replaced or told, and never followed or waited for?
#[cfg(target_os = "linux")]
mod obstacles;

/// Is pip installed wherever `ensurepip` could, whatever limits and surroundings a parent leaves?
#[cfg(target_os = "linux")]
mod limits;

/// Does a root keep everything inside, whatever links are in it?
#[cfg(unix)]
mod root;

/// Is it clear which Python a root is for, and is a root without one refused where that is a mistake?
#[cfg(unix)]
mod discovery;

/// Does a package build put pip where the distribution's own packages go, and does that pip start?
#[cfg(target_os = "linux")]
mod packaging;

/// Does pip get into an image, its Python never run and nothing outside it touched?
#[cfg(unix)]
mod images;

/// Does the system see to it that nothing but the target is changed?
#[cfg(target_os = "linux")]
mod confinement;

/// Does the program stay off the network?
#[cfg(target_os = "linux")]
mod network;

/// Does nothing get out of a root whose directories become links while pip is installed?
#[cfg(unix)]
mod race;

/// Is the marker of PEP 668 honoured, where it is the target's own?
#[cfg(unix)]
mod externally_managed;

/// Does pip come to the user's own site, when it is asked to and when it must?
#[cfg(unix)]
mod user_site;

/// Does the program do for Windows what it does for other systems?
#[cfg(target_os = "linux")]
mod windows;

/// Does pip go again, and nothing else?
#[cfg(unix)]
mod uninstall;

/// Is everything undone when the program is told to end, and is nothing left running?
#[cfg(target_os = "linux")]
mod signals;

/// Does a person at a terminal see what takes long, and in colour, and a pipe nothing of it?
#[cfg(unix)]
mod terminal;

/// Is the house in order: lengths, layers, documentation, versions?
mod tidy;
