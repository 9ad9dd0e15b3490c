//! Which wheels fit a target.

use super::candidate::Candidate;
use super::misfit::misfit;
use super::tags::Tags;
use crate::facts::Facts;
use crate::libc::Runtime;
use std::cmp::Reverse;

/// What the wheels for a target have to be made for.
pub(crate) struct Fit {
    tags: Tags,
    runtime: Option<Runtime>,
}

impl Fit {
    /// What wheels for the Python with these facts have to be made for. `runtime` is that of a Python
    /// of Linux, if its files were found.
    pub(crate) fn of(facts: &Facts, runtime: Option<Runtime>) -> Fit {
        Fit { tags: Tags::of(facts, runtime.as_ref()), runtime }
    }

    /// Why a wheel does not fit, as the rest of a sentence about it; `None` if it does.
    pub(crate) fn misfit(&self, wheel: &Candidate) -> Option<String> {
        if self.tags.best(&wheel.parsed).is_some() {
            return None;
        }
        Some(misfit(&self.tags, self.runtime.as_ref(), &wheel.parsed))
    }

    /// Sorts wheels of one project as pip does: the newest first; of one version, the one with the best
    /// tag, and of those the one with the greatest build number. Pre-releases of other projects than pip
    /// come last.
    pub(crate) fn sort(&self, wheels: &mut [Candidate]) {
        wheels.sort_by_cached_key(|Candidate { parsed, .. }| {
            let is_last = parsed.version.any_prerelease() && parsed.name != "pip";
            let place = self.tags.best(parsed).unwrap_or(usize::MAX);
            (is_last, Reverse(parsed.version.clone()), place, Reverse(parsed.build.clone()))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::in_directory;
    use super::Fit;
    use crate::facts::sample::sample;
    use crate::requirements::Wanted;
    use std::fs;

    /// As pip sorts what it finds for CPython 3.13 on an x86-64 without a known C library.
    #[test]
    fn wheels_of_project_are_sorted_as_pip_does() {
        let directory = tempfile::tempdir().expect("there is room for a directory");
        let expected = [
            "demo-2.0-1-cp313-cp313-linux_x86_64.whl",
            "demo-2.0-cp313-cp313-linux_x86_64.whl",
            "demo-2.0-cp39-abi3-linux_x86_64.whl",
            "demo-2.0-py3-none-any.whl",
            "demo-1.9.post1-py3-none-any.whl",
            "demo-2.1rc1-py3-none-any.whl",
            "demo-2.1.dev1-py3-none-any.whl",
        ];
        for name in expected.iter().rev() {
            fs::write(directory.path().join(name), "").expect("the file can be written");
        }
        let mut wheels =
            in_directory(directory.path(), &Wanted::any("demo")).expect("they are there");
        let facts = sample(&[&serde_json::json!({ "platform": "linux-x86_64" })]);
        Fit::of(&facts, None).sort(&mut wheels);
        let names: Vec<&str> = wheels.iter().map(|wheel| wheel.name.as_str()).collect();
        assert_eq!(names, expected);
    }
}
