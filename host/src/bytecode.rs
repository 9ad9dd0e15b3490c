//! Compiling bytecode, with the target's own interpreter, on all cores.
//!
//! The interpreters get sources and give bytecode through pipes. They open no file of the target,
//! so what is compiled is what was checked, and the recorded path is the final one wherever the
//! source lies now. They are at work while the run goes on: what sources came to is taken later.

mod cache;
mod compilation;
mod facts_cache;
mod pack;
mod relocate;
mod workers;

pub(crate) use cache::Cache;
pub(crate) use compilation::{Compilation, FileNumber, Listed};
pub(crate) use facts_cache::FactsCache;
pub(crate) use pack::{Pack, pack};

use crate::error::Error;
use crate::progress::{Decision, Reporter};
use sha2::{Digest as _, Sha256};
use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use workers::Workers;

/// How many bytes may wait to be taken when more is brought.
const WAITING_LIMIT: usize = 16 << 20;

/// A source to compile.
pub(crate) struct Source {
    /// The path to record.
    pub(crate) path: String,
    /// Its modification time, in seconds since 1970.
    pub(crate) modified: u64,
    pub(crate) contents: Vec<u8>,
}

/// A source, by the digest of what it holds.
#[derive(Clone)]
pub(crate) struct SourceDigest {
    pub(crate) path: String,
    pub(crate) modified: u64,
    pub(crate) sha256: Vec<u8>,
}

/// What a source came to; none if it is not valid in this Python.
pub(crate) type Bytecode = Option<Vec<u8>>;

/// How bytecode knows its source (PEP 552).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Invalidation {
    Timestamp,
    CheckedHash,
}

impl Invalidation {
    /// Its name, as interpreters are told it.
    fn name(self) -> &'static str {
        match self {
            Invalidation::Timestamp => "timestamp",
            Invalidation::CheckedHash => "checked-hash",
        }
    }
}

/// Where bytecode comes from.
enum Origin {
    /// An interpreter, and what it has compiled before.
    Interpreter { python: PathBuf, cache: Option<Cache> },
    /// A pack, which has the bytecode of every source.
    Pack(Pack),
}

/// A Python that compiles, in as many processes as there are CPUs. They start with the first sources
/// that are not known yet, and end with this. With a pack, none is started.
pub(crate) struct Compiler {
    origin: Origin,
    workers: Option<Workers>,
    /// How many sources the workers ever got.
    brought: usize,
    /// What was not taken yet, in the order in which it was brought.
    orders: VecDeque<Order>,
}

impl Compiler {
    /// One that uses this interpreter, and what it has compiled before.
    pub(crate) fn new(python: PathBuf, cache: Option<Cache>) -> Compiler {
        Compiler::of(Origin::Interpreter { python, cache })
    }

    /// One that takes all bytecode from a pack.
    pub(crate) fn with_pack(pack: Pack) -> Compiler {
        Compiler::of(Origin::Pack(pack))
    }

    fn of(origin: Origin) -> Compiler {
        Compiler { origin, workers: None, brought: 0, orders: VecDeque::new() }
    }

    /// What its interpreter has compiled before.
    pub(crate) fn cache(&self) -> Option<&Cache> {
        match &self.origin {
            Origin::Interpreter { cache, .. } => cache.as_ref(),
            Origin::Pack(_) => None,
        }
    }

    /// Which of these portions it knows the bytecode of. That is to be taken, as if the sources had been
    /// brought.
    /// With a pack, it knows all of them.
    fn look_up(
        &mut self,
        portions: &[Vec<SourceDigest>],
        invalidation: Invalidation,
    ) -> Result<Vec<bool>, Error> {
        let cache = match &self.origin {
            Origin::Pack(pack) => {
                for sources in portions {
                    self.orders.push_back(Order::known(pack.get_all(sources, invalidation)?));
                }
                return Ok(vec![true; portions.len()]);
            }
            Origin::Interpreter { cache: None, .. } => return Ok(vec![false; portions.len()]),
            Origin::Interpreter { cache: Some(cache), .. } => cache,
        };
        let mut waiting: usize = self.orders.iter().map(|order| order.size).sum();
        let mut known = Vec::with_capacity(portions.len());
        for found in cache.get_all(portions, invalidation) {
            let found = found.filter(|_| waiting < WAITING_LIMIT);
            known.push(found.is_some());
            if let Some(found) = found {
                tracing::debug!(sources = found.len(), "the bytecode is known");
                let order = Order::known(found);
                waiting += order.size;
                self.orders.push_back(order);
            }
        }
        Ok(known)
    }

    /// Takes the first portions, so many, all of which are known.
    fn take_known(&mut self, count: usize) -> Vec<Vec<Bytecode>> {
        let orders = self.orders.drain(..count);
        orders.map(|order| order.answers.into_iter().flatten().collect()).collect()
    }

    /// Whether interpreters are at work where there is work for them.
    fn has_workers(&self) -> bool {
        self.workers.as_ref().is_none_or(Workers::any)
    }

    /// Begins to compile sources. The error is a clause for people.
    fn bring(&mut self, sources: Vec<Source>, invalidation: Invalidation) -> Result<(), String> {
        // What was known does not count: it may be longer than its sources, which nobody is to blame for.
        let brought = self.orders.iter().filter(|order| order.first.is_some());
        if brought.map(|order| order.size).sum::<usize>() >= WAITING_LIMIT {
            return Err("more sources than may wait for an answer".to_owned());
        }
        let workers = self.workers.take().filter(|workers| workers.invalidation() == invalidation);
        if workers.is_none() && self.orders.iter().any(|order| order.first.is_some()) {
            // Those that are at work on them have just ended.
            return Err("sources of two kinds at a time".to_owned());
        }
        let Origin::Interpreter { python, cache } = &self.origin else {
            return Err("a source that is not in the bytecode pack".to_owned());
        };
        let digests = || sources.iter().map(digest).collect();
        let to_cache = cache.as_ref().map(|_| (digests(), invalidation));
        self.orders.push_back(Order {
            first: Some(self.brought),
            answers: vec![None; sources.len()],
            size: sources.iter().map(|source| source.contents.len()).sum(),
            to_cache,
        });
        let new = || Workers::new(python.clone(), invalidation);
        let workers = self.workers.insert(workers.unwrap_or_else(new));
        let numbered = (self.brought..).zip(sources).collect::<Vec<_>>();
        self.brought += numbered.len();
        workers.bring(numbered).map_err(|error| {
            // Nobody is to wait for those that did not start.
            self.workers = None;
            failed(python, &error)
        })
    }

    /// What the first sources came to that were brought and not taken yet, in order. The error is a
    /// clause for people.
    fn take(&mut self, reporter: &Reporter) -> Result<Vec<Bytecode>, String> {
        let given_up = || "it was given up".to_owned();
        let go_on = || match reporter.advance() {
            Decision::Proceed => Ok(()),
            Decision::Cancel => Err(given_up()),
        };
        let first = self.orders.front().ok_or("no sources were brought")?;
        let mut missing = first.answers.iter().filter(|answer| answer.is_none()).count();
        (missing..first.answers.len()).try_for_each(|_| go_on())?;
        while missing > 0 {
            let workers = self.workers.as_ref().ok_or_else(given_up)?;
            let answers = if workers.any() {
                reporter.wait_for(workers.answers()).ok_or_else(given_up)?
            } else {
                workers.compile_here().map_err(|error| failed(workers.python(), &error))?
            };
            if answers.is_empty() && !workers.any() {
                return Err(given_up());
            }
            let answers = answers.into_iter().map(|(number, answer)| {
                Ok((number, answer.map_err(|error| failed(workers.python(), &error))?))
            });
            for (number, answer) in answers.collect::<Result<Vec<_>, String>>()? {
                if self.note(number, answer) == Some(0) {
                    missing -= 1;
                    go_on()?;
                }
            }
        }
        let Order { answers, to_cache, .. } = self.orders.pop_front().ok_or_else(given_up)?;
        if self.orders.is_empty() {
            // Mostly there will be no more, and what comes of these is still to be written.
            self.workers = None;
        }
        let answers: Vec<Bytecode> = answers.into_iter().flatten().collect();
        if let (Some(cache), Some((sources, invalidation))) = (self.cache(), to_cache) {
            cache.put(&sources, invalidation, &answers);
        }
        Ok(answers)
    }

    /// Notes what a source came to. Where among the orders it belongs; none if it is waited for no
    /// longer.
    fn note(&mut self, number: usize, bytecode: Bytecode) -> Option<usize> {
        let mut orders = self.orders.iter_mut().enumerate();
        let (place, answer) = orders.find_map(|(place, order)| {
            let answer = order.answers.get_mut(number.checked_sub(order.first?)?)?;
            Some((place, answer))
        })?;
        *answer = Some(bytecode);
        Some(place)
    }
}

/// Sources that were brought at once.
struct Order {
    /// The number of the first of them; none if what they came to was known.
    first: Option<usize>,
    /// What they came to, as far as that is known by now.
    answers: Vec<Option<Bytecode>>,
    /// How many bytes the sources are, or the bytecode if that was known.
    size: usize,
    /// The sources and how their bytecode knows them, if the answers are to be cached.
    to_cache: Option<(Vec<SourceDigest>, Invalidation)>,
}

impl Order {
    /// Sources whose bytecode is known.
    fn known(found: Vec<Bytecode>) -> Order {
        let size = found.iter().flatten().map(Vec::len).sum();
        let answers = found.into_iter().map(Some).collect();
        Order { first: None, answers, size, to_cache: None }
    }
}

/// A source by its digest.
fn digest(source: &Source) -> SourceDigest {
    let Source { path, modified, contents } = source;
    let sha256 = Sha256::digest(contents).to_vec();
    SourceDigest { path: path.clone(), modified: *modified, sha256 }
}

fn failed(python: &Path, error: &io::Error) -> String {
    format!("`{}`: {error}", python.display())
}

#[cfg(all(test, unix))]
mod tests {
    use super::{Cache, Compiler, Invalidation, Source, SourceDigest, WAITING_LIMIT, digest};
    use crate::progress::Reporter;

    fn source() -> Source {
        Source { path: "/a.py".to_owned(), modified: 1, contents: b"a = 1\n".to_vec() }
    }

    #[test]
    fn bytecode_compiler_fails_if_python_does_not_start() {
        let mut compiler = Compiler::new("/there/is/no/such/python".into(), None);
        let error = compiler.bring(vec![source()], Invalidation::Timestamp);
        assert!(error.is_err_and(|words| words.starts_with("`/there/is/no/such/python`: ")));
        assert_eq!(compiler.take(&Reporter::new(None)), Err("it was given up".to_owned()));
    }

    /// Bytecode that is known may be long, however short its sources are.
    #[test]
    fn bytecode_cache_hits_do_not_block_new_sources() {
        let place = tempfile::tempdir().expect("there is room");
        let cache = Cache::of_anything(&place.path().join("cache")).expect("it is ours");
        let (kind, known) = (Invalidation::Timestamp, source());
        let digests: Vec<SourceDigest> = vec![digest(&known)];
        cache.put(&digests, kind, &[Some(vec![0; WAITING_LIMIT])]);
        let mut compiler = Compiler::new("python3".into(), Some(cache));
        let portions = [digests];
        let mut look_up = || compiler.look_up(&portions, kind).expect("a cache never fails");
        assert_eq!(look_up(), [true]);
        assert_eq!(look_up(), [false], "enough waits");
        let other = Source { modified: 2, ..source() };
        compiler.bring(vec![other], kind).expect("it can be compiled");
        let reporter = Reporter::new(None);
        let taken = compiler.take(&reporter).expect("it is known");
        assert_eq!(taken[0].as_ref().map(Vec::len), Some(WAITING_LIMIT));
        let made = compiler.take(&reporter).expect("it is compiled");
        assert!(made[0].as_ref().is_some_and(|bytecode| bytecode.len() > 50));
    }
}
