//! Does a registry take the image, and does it return the same?

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::with_layout;
use crate::support::announce::report_skipped;
use crate::support::layouts::{PLATFORMS, digest, image, inspect};
use crate::support::process::Program;
use crate::support::scratch::Scratch;

/// How long a registry may take to start.
const START: Duration = Duration::from_mins(1);

/// The registry of Debian's package `docker-registry`, on a loopback address.
struct Registry {
    process: Child,
    address: String,
}

impl Registry {
    /// Starts it, with its data in a directory; none if there is no such program.
    fn start(scratch: &Scratch) -> Option<Registry> {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = free.local_addr().expect("it has an address").to_string();
        drop(free);
        let (data, configuration) =
            (scratch.work().join("registry"), scratch.work().join("registry.yml"));
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n\
             http: {{addr: '{address}'}}\n",
            data.display()
        );
        fs::write(&configuration, text).expect("a file can be written");
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(configuration).stdin(Stdio::null());
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let mut registry = Registry { process, address };
        let began = Instant::now();
        while TcpStream::connect(&registry.address).is_err() {
            let ended = registry.process.try_wait().expect("a child can be waited for");
            assert!(ended.is_none() && began.elapsed() < START, "the registry does not start");
            sleep(Duration::from_millis(20));
        }
        Some(registry)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn registry_returns_the_same_digest() {
    with_layout("a registry", |layout| {
        let Some(registry) = Registry::start(&layout.scratch) else {
            return report_skipped("OCI images, a registry", "docker-registry");
        };
        layout.report("all", &[]);
        let here = digest(&layout.path, "all");
        let home = layout.scratch.home();
        let copy = |from: &str, to: &str| {
            let skopeo = Program::new("skopeo".as_ref(), home).arguments(["copy", "--all"]);
            let skopeo = skopeo.arguments(["--preserve-digests", "--src-tls-verify=false"]);
            skopeo.argument("--dest-tls-verify=false").arguments([from, to]).run().expect_success();
        };
        let there = format!("docker://{}/app:latest", registry.address);
        copy(&format!("oci:{}", image(&layout.path, "all")), &there);
        let asked = Program::new("skopeo".as_ref(), home);
        let asked = asked.arguments(["inspect", "--tls-verify=false", "--format", "{{.Digest}}"]);
        assert_eq!(asked.argument(&there).run().expect_success().stdout().trim_end(), here);

        let back = layout.scratch.work().join("back");
        copy(&there, &format!("oci:{}", image(&back, "again")));
        assert_eq!(digest(&back, "again"), here);
        for (cpu, _) in PLATFORMS {
            let there = inspect(&back, "again", cpu, home);
            assert_eq!(there, inspect(&layout.path, "all", cpu, home));
        }
    });
}
