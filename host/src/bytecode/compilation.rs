//! Passes the sources of wheels through the compiler: in portions, and not too many at once.

use super::{Bytecode, Compiler, Invalidation, Source, SourceDigest};
use crate::error::Error;
use crate::progress::{Decision, Progress, Reporter, Step};
use std::collections::VecDeque;
use std::ops::Range;

/// How many bytes of sources make a portion: few, because the bytecode of the last portion is
/// written after everything is compiled.
const PORTION: u64 = 512 << 10;

/// How many bytes of sources may be pending in the compiler. A single larger source is allowed.
const AHEAD: u64 = 8 << 20;

/// The maximum number of sources of each wheel, which has no more files.
const SOURCES_LIMIT: usize = 50_000;

/// A source that the component lists.
pub(crate) struct Listed {
    /// The file.
    pub(crate) file: FileNumber,
    /// Its size in bytes.
    pub(crate) size: u64,
    /// Its path, time and digest.
    pub(crate) digest: SourceDigest,
}

/// A file of a wheel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileNumber {
    /// The number of the wheel in the transaction.
    pub(crate) wheel: u32,
    /// The number of the file in the archive.
    pub(crate) entry: u32,
}

/// Bytecode of sources, by their number in the list.
pub(crate) type Numbered = Vec<(u32, Vec<u8>)>;

/// All sources of the wheels, and the compiler for them.
pub(crate) struct Compilation {
    compiler: Compiler,
    invalidation: Invalidation,
    sources: Vec<Listed>,
    /// The portions that the compiler has, in order, and their size in bytes.
    with_compiler: VecDeque<Portion>,
    ahead: u64,
    /// The number of the first source that the compiler does not have yet, and how many are
    /// finished.
    rest: usize,
    done: usize,
}

/// The sources that the compiler gets at once.
struct Portion {
    sources: Range<usize>,
    /// Whether the cache has the bytecode.
    is_known: bool,
}

impl Compilation {
    /// Starts with no source in the compiler. So many wheels have the sources.
    pub(crate) fn new(
        compiler: Compiler,
        invalidation: Invalidation,
        sources: Vec<Listed>,
        wheels: usize,
    ) -> Result<Compilation, Error> {
        if sources.len() > SOURCES_LIMIT * wheels {
            return Err(Error::Component("it lists more sources than a wheel may have".to_owned()));
        }
        let with_compiler = VecDeque::new();
        let (ahead, rest, done) = (0, 0, 0);
        Ok(Compilation { compiler, invalidation, sources, with_compiler, ahead, rest, done })
    }

    /// Whether interpreters are running, if there is work for them.
    pub(crate) fn has_workers(&self) -> bool {
        self.compiler.has_workers()
    }

    /// Passes as many sources to the compiler as it may have. `read` returns their contents.
    pub(crate) fn bring<E: From<Error>>(
        &mut self,
        mut read: impl FnMut(&[FileNumber]) -> Result<Vec<Vec<u8>>, E>,
    ) -> Result<(), E> {
        let portions = self.portions();
        if portions.is_empty() {
            return Ok(());
        }
        let digests: Vec<Vec<SourceDigest>> = portions
            .iter()
            .map(|portion| self.listed(portion).map(|listed| listed.digest.clone()).collect())
            .collect();
        let known = self.compiler.look_up(&digests, self.invalidation)?;
        let portions = portions
            .into_iter()
            .zip(known)
            .map(|(sources, is_known)| Portion { sources, is_known });
        // What is known is answered before what is brought now.
        let (known, unknown): (Vec<_>, Vec<_>) = portions.partition(|portion| portion.is_known);
        self.with_compiler.extend(known);
        for portion in unknown {
            let files: Vec<_> = self.listed(&portion.sources).map(|listed| listed.file).collect();
            let contents = read(&files)?;
            let sources = self.listed(&portion.sources).zip(contents).map(|(listed, contents)| {
                if contents.len() as u64 != listed.size {
                    let words = format!("entry {} is not as long as it states", listed.file.entry);
                    return Err(Error::Component(words));
                }
                let SourceDigest { path, modified, .. } = listed.digest.clone();
                Ok(Source { path, modified, contents })
            });
            let sources = sources.collect::<Result<_, Error>>()?;
            self.compiler.bring(sources, self.invalidation).map_err(Error::Bytecode)?;
            self.with_compiler.push_back(portion);
        }
        Ok(())
    }

    /// The next portions, as many as the compiler may have.
    fn portions(&mut self) -> Vec<Range<usize>> {
        let mut portions = Vec::new();
        while self.rest < self.sources.len() {
            let end = self.rest + portion(&self.sources[self.rest..]);
            let size = size(&self.sources[self.rest..end]);
            // The component may state any size.
            let ahead = self.ahead.saturating_add(size);
            if self.ahead > 0 && ahead > AHEAD {
                break;
            }
            portions.push(self.rest..end);
            self.rest = end;
            self.ahead = ahead;
        }
        portions
    }

    /// Takes the share of `others` instances in the cached bytecode, for them to write at the same
    /// time.
    pub(crate) fn share_known(&mut self, others: usize) -> Numbered {
        let known = self.with_compiler.iter().take_while(|portion| portion.is_known).count();
        let count = known * others / (others + 1);
        let bytecode = self.compiler.take_known(count);
        let portions: Vec<Portion> = self.with_compiler.drain(..count).collect();
        let shared = portions.into_iter().zip(bytecode);
        shared.flat_map(|(portion, bytecode)| self.settle(portion, bytecode)).collect()
    }

    /// Waits for the bytecode of the next sources. Returns `None` when there is no more. Leaves out
    /// sources that are not valid in this Python, as `compileall` does.
    pub(crate) fn next(&mut self, reporter: &Reporter) -> Result<Option<Numbered>, Error> {
        let Some(portion) = self.with_compiler.pop_front() else { return Ok(None) };
        let [files, done] =
            [self.sources.len(), self.done].map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        if reporter.report(Progress { step: Step::Compile, files, done }) == Decision::Cancel {
            return Err(Error::Cancelled);
        }
        let bytecode = self.compiler.take(reporter).map_err(Error::Bytecode)?;
        Ok(Some(self.settle(portion, bytecode)))
    }

    /// Records that a portion has its answer.
    fn settle(&mut self, portion: Portion, bytecode: Vec<Bytecode>) -> Numbered {
        self.done += portion.sources.len();
        self.ahead = self.ahead.saturating_sub(size(&self.sources[portion.sources.clone()]));
        let numbers = portion.sources.map(|number| u32::try_from(number).unwrap_or(u32::MAX));
        numbers.zip(bytecode).filter_map(|(number, bytecode)| Some((number, bytecode?))).collect()
    }

    fn listed(&self, sources: &Range<usize>) -> impl Iterator<Item = &Listed> {
        self.sources[sources.clone()].iter()
    }
}

/// How many of these sources make a portion; at least one.
fn portion(sources: &[Listed]) -> usize {
    let mut size = 0u64;
    let fit = sources.iter().take_while(|source| {
        size = size.saturating_add(source.size);
        size <= PORTION
    });
    fit.count().max(1)
}

/// The total size of these sources in bytes.
fn size(sources: &[Listed]) -> u64 {
    sources.iter().fold(0, |size, source| size.saturating_add(source.size))
}

#[cfg(all(test, unix))]
mod tests {
    use super::{AHEAD, Compilation, FileNumber, Listed, PORTION, portion};
    use crate::bytecode::{Cache, Compiler, Invalidation, SourceDigest};
    use crate::error::Error;
    use crate::progress::Reporter;
    use sha2::{Digest as _, Sha256};

    fn listed(size: u64) -> Listed {
        let sha256 = Sha256::digest([]).to_vec();
        let digest = SourceDigest { path: format!("/s{size}.py"), modified: 0, sha256 };
        Listed { file: FileNumber { wheel: 0, entry: 0 }, size, digest }
    }

    /// The sizes of sources, and how many are in each portion.
    #[test]
    fn sources_are_batched_up_to_size_limit() {
        let half = PORTION / 2;
        for (sizes, expected) in [
            (&[][..], &[][..]),
            (&[0, 1, 2], &[3]),
            (&[half, half, 1, half], &[2, 2]),
            (&[half, half + 1, PORTION, PORTION + 1, 1], &[1, 1, 1, 1, 1]),
        ] {
            let sources: Vec<Listed> = sizes.iter().map(|size| listed(*size)).collect();
            let (mut rest, mut counts) = (&sources[..], Vec::new());
            while !rest.is_empty() {
                counts.push(portion(rest));
                rest = &rest[portion(rest)..];
            }
            assert_eq!(counts, expected, "{sizes:?}");
        }
    }

    /// Passes on what the compiler may have. Returns how many sources were read for it.
    fn bring(compilation: &mut Compilation) -> usize {
        let sizes: Vec<u64> = compilation.sources.iter().map(|source| source.size).collect();
        let (mut count, mut next) = (0, compilation.rest);
        let brought = compilation.bring(|entries| -> Result<_, Error> {
            let sizes = &sizes[next..next + entries.len()];
            next += entries.len();
            count += entries.len();
            let contents = sizes.iter().map(|size| usize::try_from(*size).expect("it is small"));
            Ok(contents.map(|size| vec![b'#'; size]).collect())
        });
        brought.expect("it can be compiled");
        count
    }

    #[test]
    fn sources_are_brought_as_far_as_they_may_wait() {
        let cases = [
            (vec![listed(AHEAD + 1), listed(AHEAD + 1)], &[1, 1][..]),
            ((0..20).map(|_| listed(PORTION)).collect(), &[16, 1, 1, 1, 1]),
        ];
        for (sources, expected) in cases {
            let count = sources.len();
            let compiler = Compiler::new("python3".into(), None);
            let mut compilation = Compilation::new(compiler, Invalidation::Timestamp, sources, 1)
                .expect("they are few");
            let mut brought = vec![bring(&mut compilation)];
            let mut total = 0;
            let reporter = Reporter::new(None);
            while let Some(bytecode) = compilation.next(&reporter).expect("it compiles") {
                total += bytecode.len();
                brought.push(bring(&mut compilation));
            }
            brought.retain(|count| *count > 0);
            assert_eq!((total, &brought[..]), (count, expected));
        }
    }

    /// Sources that are still to be compiled are not shared.
    #[test]
    fn share_of_known_bytecode_is_left_to_others() {
        let place = tempfile::tempdir().expect("there is room");
        for (others, shared) in [(1, 8), (2, 10), (3, 12), (7, 14)] {
            for is_known in [false, true] {
                let cache = Cache::of_anything(&place.path().join("cache")).expect("it is ours");
                let kind = Invalidation::Timestamp;
                let sources: Vec<Listed> = (0..20).map(|_| listed(PORTION)).collect();
                if is_known {
                    cache.put(&[sources[0].digest.clone()], kind, &[Some(b"bytecode".to_vec())]);
                }
                let cache = is_known.then_some(cache);
                let compiler = Compiler::new("python3".into(), cache);
                let mut compilation =
                    Compilation::new(compiler, kind, sources, 1).expect("they are few");
                assert_eq!(bring(&mut compilation), if is_known { 0 } else { 16 });
                let left = compilation.share_known(others);
                let expected: Vec<u32> = (0..if is_known { shared } else { 0 }).collect();
                let numbers: Vec<u32> = left.iter().map(|(number, _)| *number).collect();
                assert_eq!(numbers, expected, "{others} others, known: {is_known}");
            }
        }
    }
}
