//! System calls, as logged by `strace`.

use std::collections::BTreeMap;

/// A system call: its name, its number among the calls of this name in its thread, counted from 1,
/// and its arguments.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) number: usize,
    pub(crate) arguments: String,
}

/// The system calls of a log that change something: of those that open files, only those that
/// create one.
pub(crate) fn changing(log: &str) -> Vec<Call> {
    let changes =
        |call: &Call| !call.name.starts_with("open") || call.arguments.contains("O_CREAT");
    all(log).into_iter().filter(changes).collect()
}

/// The largest number of calls of this name in one thread.
pub(super) fn most_of_one_thread(log: &str, name: &str) -> usize {
    let numbers = all(log).into_iter().filter(|call| call.name == name).map(|call| call.number);
    numbers.max().unwrap_or_default()
}

/// All calls of a log, in order.
fn all(log: &str) -> Vec<Call> {
    let mut numbers = BTreeMap::new();
    let calls = log.lines().filter_map(|line| {
        // With several threads, each line begins with a thread's number.
        let (thread, line) = match line.split_once(' ') {
            Some((thread, rest)) if thread.bytes().all(|c| c.is_ascii_digit()) => (thread, rest),
            _ => ("", line),
        };
        let (name, arguments) = line.trim_start().split_once('(')?;
        // The first part of a resumed call was read before.
        name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_').then_some(())?;
        let number = numbers.entry((thread.to_owned(), name.to_owned())).or_default();
        *number += 1;
        let (name, number, arguments) = (name.to_owned(), *number, arguments.to_owned());
        Some(Call { name, number, arguments })
    });
    calls.collect()
}

#[test]
fn strace_calls_are_counted_by_thread_and_name() {
    let log = "7 openat(AT_FDCWD, \"a\", O_RDONLY) = 3\n\
               8 openat(AT_FDCWD, \"b\", O_CREAT|O_WRONLY <unfinished ...>\n\
               7 copy_file_range(3, NULL, 4, NULL, 9, 0) = 9\n\
               8 <... openat resumed>) = 5\n\
               7 openat(AT_FDCWD, \"c\", O_CREAT|O_WRONLY) = 6\n\
               7 +++ exited with 0 +++\n";
    let found = changing(log).into_iter().map(|call| (call.name, call.number));
    let expected = [("openat", 1), ("copy_file_range", 1), ("openat", 2)];
    let expected = expected.map(|(name, number)| (name.to_owned(), number));
    assert_eq!(found.collect::<Vec<_>>(), expected);
    assert_eq!(most_of_one_thread(log, "openat"), 2);
    assert_eq!(most_of_one_thread(log, "rename"), 0);
}
