//! Makes a bytecode pack with an interpreter.

use super::format::{BytecodeEntry, Header, SourceEntry, WheelFile, encode};
use super::layout;
use crate::bytecode::{Bytecode, Compiler, Invalidation, Source};
use crate::digest::{hexadecimal, sha256};
use crate::error::Error;
use crate::facts::Facts;
use crate::progress::{Decision, Progress, Reporter, Step};
use ensurepip_wheels::BundledWheel;
use std::collections::HashSet;
use std::path::Path;

/// The suffix of sources.
pub(super) const SOURCE: &str = ".py";

/// Compiles the sources of a bundled wheel with an interpreter, and returns the contents of the pack
/// that will be `path`.
pub(crate) fn pack(
    path: &Path,
    (python, facts): (&Path, &Facts),
    wheel: &BundledWheel,
    reporter: &Reporter,
) -> Result<Vec<u8>, Error> {
    let refused = |reason| Error::BytecodePack { path: path.to_owned(), reason };
    let Facts { implementation, version, .. } = facts;
    let layout = layout(implementation, *version).map_err(refused)?;
    let (Some(cache_tag), Some(magic)) = (facts.cache_tag.clone(), facts.magic.clone()) else {
        return Err(refused(format!("`{}` caches no bytecode", python.display())));
    };
    let sources = sources(wheel)?;
    let entries: Vec<(String, u64)> = sources
        .iter()
        .map(|source| (sha256(&source.contents), source.contents.len() as u64))
        .collect();
    let paths: Vec<String> = sources.iter().map(|source| source.path.clone()).collect();
    let bytecode = compile(python, sources, reporter)?;
    let forms = bytecode.into_iter().zip(&paths).map(|(bytecode, path)| {
        let Some(bytecode) = bytecode else { return Ok(None) };
        let form = layout.canonical(&bytecode, path);
        form.map(Some).ok_or_else(|| format!("the bytecode of `{path}` is for that path only"))
    });
    let forms: Vec<Bytecode> = forms.collect::<Result<_, _>>().map_err(refused)?;
    let entries = entries.into_iter().zip(&forms).map(|((digest, size), form)| SourceEntry {
        sha256: digest,
        size,
        bytecode: form
            .as_ref()
            .map(|form| BytecodeEntry { sha256: sha256(form), size: form.len() as u64 }),
    });
    let header = Header {
        implementation: implementation.clone(),
        version: [version[0], version[1]],
        cache_tag,
        magic,
        wheel: WheelFile { name: wheel.file_name.to_owned(), sha256: wheel.sha256.to_owned() },
        entries: entries.collect(),
    };
    let forms: Vec<&[u8]> = forms.iter().flatten().map(Vec::as_slice).collect();
    encode(&header, &forms).map_err(refused)
}

/// The sources of a bundled wheel, each once, at their paths in the wheel.
fn sources(wheel: &BundledWheel) -> Result<Vec<Source>, Error> {
    let damaged = || Error::WheelDamaged { file_name: wheel.file_name.to_owned() };
    let contents = wheel.contents.unpack().map_err(|_| damaged())?;
    let (mut sources, mut seen) = (Vec::new(), HashSet::new());
    let mut rest = &contents[..];
    for file in wheel.files {
        let size = usize::try_from(file.size).map_err(|_| damaged())?;
        let (contents, others) = rest.split_at_checked(size).ok_or_else(damaged)?;
        rest = others;
        if file.path.ends_with(SOURCE) && seen.insert(hexadecimal(&file.sha256)) {
            let path = format!("/{}", file.path);
            sources.push(Source { path, modified: 0, contents: contents.to_vec() });
        }
    }
    Ok(sources)
}

/// Compiles sources with an interpreter, without a cache.
fn compile(
    python: &Path,
    sources: Vec<Source>,
    reporter: &Reporter,
) -> Result<Vec<Bytecode>, Error> {
    let files = u32::try_from(sources.len()).unwrap_or(u32::MAX);
    if reporter.report(Progress { step: Step::Compile, files, done: 0 }) == Decision::Cancel {
        return Err(Error::Cancelled);
    }
    let mut compiler = Compiler::new(python.to_owned(), None);
    compiler.bring(sources, Invalidation::CheckedHash).map_err(Error::Bytecode)?;
    compiler.take(reporter).map_err(Error::Bytecode)
}
