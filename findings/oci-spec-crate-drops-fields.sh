#!/usr/bin/env bash
# The `oci-spec` crate drops fields of images that it reads and writes, and shuffles annotations.
#
# Expected: fields that the image specification defines survive a read and a write, the output is the same
#   each time, and unknown fields are kept, since implementations must ignore them rather than remove
#   them.
# Instead: `os.version` and `os.features` of a platform are lost, although the specification defines them.
#   Unknown fields of descriptors are lost too, and so are `Healthcheck`, `Shell`, `OnBuild` and
#   `ArgsEscaped`, which Docker's builder writes into the configuration. No error is reported. The order
#   of annotations changes from run to run.
# Versions: oci-spec 0.10.0 from crates.io.
# Matters: a tool that adds a layer with this crate removes the image's health check and shell, makes
#   Windows versions in an index indistinguishable, and produces a different digest on each run.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

rust_program 'oci-spec@=0.10.0 --no-default-features --features image' <<'END'
use oci_spec::image::{ImageConfiguration, ImageIndex};

fn main() {
    let index = ImageIndex::from_file("index.json").unwrap();
    std::fs::write("index.out.json", index.to_string().unwrap()).unwrap();
    let configuration = ImageConfiguration::from_file("config.json").unwrap();
    std::fs::write("config.out.json", configuration.to_string().unwrap()).unwrap();
}
END
digest=sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
cat >index.json <<END
{"schemaVersion": 2, "manifests": [{
 "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "$digest", "size": 2,
 "platform": {"architecture": "amd64", "os": "windows", "os.version": "10.0", "os.features": ["win32k"]},
 "annotations": {"d": "1", "c": "2", "b": "3", "a": "4"}, "org.example.unknown": 1}]}
END
cat >config.json <<END
{"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ["$digest"]},
 "config": {"Cmd": ["demo"], "Labels": {"a": "b"}, "StopSignal": "SIGTERM", "Shell": ["/bin/bash", "-c"],
  "Healthcheck": {"Test": ["CMD", "demo"]}, "OnBuild": ["RUN demo"], "ArgsEscaped": true}}
END
./program
cat >keys.py <<'END'
import json, sys
def keys(value, path=""):
    if isinstance(value, dict):
        return {key for name in value for key in {path + name} | keys(value[name], path + name + "/")}
    if isinstance(value, list):
        return {key for item in value for key in keys(item, path)}
    return set()
before, after = (json.load(open(name)) for name in sys.argv[1:])
print(*sorted(keys(before) - keys(after)))
END
expect "lost from the index" \
    "manifests/org.example.unknown manifests/platform/os.features manifests/platform/os.version" \
    "$(python3 keys.py index.json index.out.json)"
expect "lost from the configuration" \
    "config/ArgsEscaped config/Healthcheck config/Healthcheck/Test config/OnBuild config/Shell" \
    "$(python3 keys.py config.json config.out.json)"
for _ in {1..20}; do ./program && sha256sum <index.out.json; done | sort -u >digests
expect "digests of the index in 20 runs" "more than one" \
    "$([ "$(wc -l <digests)" -gt 1 ] && echo "more than one" || echo one)"
