//! Facts for tests: those of a typical CPython, changed where a test needs others.

use super::Facts;
use serde_json::{Value, json};

/// The facts of CPython 3.13 below `/usr`, as it would report them, with these changes applied in
/// order.
pub(crate) fn sample(changes: &[&Value]) -> Facts {
    let mut facts = json!({
        "version": [3, 13, 1], "implementation": "cpython", "cache_tag": "cpython-313",
        "os": "posix", "platform": "linux-x86_64", "executable": "/usr/bin/python3",
        "shebang": "/usr/bin/python3", "prefix": "/usr", "exec_prefix": "/usr",
        "base_prefix": "/usr", "base_exec_prefix": "/usr", "platlibdir": "lib",
        "abiflags": "", "free_threaded": false, "winver": null, "user_base": null,
        "stdlib": "/usr/lib/python3.13", "user_site": "off", "magic": null, "user_paths": null,
        "paths": {
            "purelib": "/usr/lib/python3.13/site-packages",
            "platlib": "/usr/lib/python3.13/site-packages",
            "include": "/usr/include/python3.13", "scripts": "/usr/bin", "data": "/usr",
        },
    });
    let object = facts.as_object_mut().expect("it is an object");
    for change in changes {
        object.extend(change.as_object().expect("it is an object").clone());
    }
    serde_json::from_value(facts).expect("they are facts")
}
