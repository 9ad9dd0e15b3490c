//! What differs by platform: paths, modes, locks and the names of interpreters.
//!
//! Each platform has a module with the same items; nothing outside this room asks where it runs.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::{
    Lock, PYTHON_NAMES, SCRIPT_PLATFORM, VENV_PYTHON, components, is_absolute, lock, mode, set_mode,
};
#[cfg(windows)]
pub(crate) use windows::{
    Lock, PYTHON_NAMES, SCRIPT_PLATFORM, VENV_PYTHON, components, is_absolute, lock, mode, set_mode,
};
