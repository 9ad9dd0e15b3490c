//! Puts pip into many roots, on all CPUs and with one runtime: `many_roots ROOT…`.

use ensurepip_host::{Bootstrap, Error, Runtime};
use std::path::PathBuf;
use std::sync::Mutex;
use std::{env, thread};

fn main() -> Result<(), Error> {
    install_all(env::args_os().skip(1).map(PathBuf::from).collect())
}

fn install_all(roots: Vec<PathBuf>) -> Result<(), Error> {
    let runtime = Runtime::new()?;
    let roots = Mutex::new(roots.into_iter());
    let next = || roots.lock().ok().and_then(|mut roots| roots.next());
    let work = || {
        while let Some(root) = next() {
            Bootstrap::new().runtime(&runtime).root(root).compile(false).run()?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("no run panics"))
    })
}
