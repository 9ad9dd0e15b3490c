//! What the `RECORD` of an installed wheel says, to the letter.

use super::target::Target;
use super::wheel_builder::WheelBuilder;
use super::{apply, pip};
use crate::bindings::ensurepip::bootstrap::types::Role;

/// The `RECORD` of the default wheel, as made by Python's `csv` and `hashlib`.
const RECORD: &str = concat!(
    "../../../bin/pip3,sha256=KcA9ZijAEZ99rGDn0LVgsQEBrHkRM3mpHlmp_4sRVSY,149\r\n",
    "../../../bin/pip3.13,sha256=KcA9ZijAEZ99rGDn0LVgsQEBrHkRM3mpHlmp_4sRVSY,149\r\n",
    "pip-30.3.dist-info/INSTALLER,sha256=zuuue4knoyJ-UwPPXg8fezS7VCrXJQrAP7zeNuwvFQg,4\r\n",
    "pip-30.3.dist-info/METADATA,sha256=24wpNpDaGJ3ogElnJPQmCyXaG-VHnhm3Zip8KWb6Peo,69\r\n",
    "pip-30.3.dist-info/RECORD,,\r\n",
    "pip-30.3.dist-info/REQUESTED,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\r\n",
    "pip-30.3.dist-info/WHEEL,sha256=JCVX9z8V-js2aV5qmQR2E3fiCs-Yu3vPO91cCBmO1JM,59\r\n",
    "pip-30.3.dist-info/entry_points.txt,sha256=Xv-n9CpbTTv9Z6bKCub25Mlf0gMvjVvlM2RTjX41EwU,49\r\n",
    "pip-30.3.dist-info/licenses/LICENSE.txt,sha256=rcNzZvQDg1wUcKst-T04N9Rxk3L8HvhZPZIuBvAz-LI,4\r\n",
    "pip/__init__.py,sha256=yu4TfDjrXqSwRW04WYar1Jdfi8EkIQGYcEKizsWCGv0,17\r\n",
    "pip/__pycache__/__init__.cpython-313.pyc,,\r\n",
    "pip/_internal/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\r\n",
    "pip/_internal/__pycache__/__init__.cpython-313.pyc,,\r\n",
    "pip/_vendor/README.rst,sha256=Y-EV6tMmH3Swhp8AT6uXo4WaWMCIlZQpr7bV9G4DkTw,9\r\n",
    "pip/_vendor/distlib/t32.exe,sha256=FlNI6LtKOPnalwi2eGP4TOFvsmHTSGKP6UG95BVHsPY,6\r\n",
    "pip/_vendor/distlib/t64-arm.exe,sha256=0R4bhEokkjn9m6YQfAXKbzpgBVZzOhW0e_8kF7zkZfk,10\r\n",
    "pip/_vendor/distlib/t64.exe,sha256=58rG6YQ6bPqS5p970DfP5Ef5juG7ti2w2YF0zVSXVNU,6\r\n",
    "pip/_vendor/distlib/w64.exe,sha256=N_Geos70GVgME_bbiOBZz7h3mS0--zaOx8mUslq0lHI,6\r\n",
    "pip/_vendor/invalid.py,sha256=9bxA8d1aGgd_zB8sCGpnbZtv-8otSNb-ndlr9sXKtCs,17\r\n",
);

#[test]
fn record_equals_that_of_pip() {
    let target = Target::posix(&[Role::Purelib]);
    apply(&pip(), &target).expect("the wheel is sound");
    assert_eq!(target.text(Role::Purelib, "pip-30.3.dist-info/RECORD"), RECORD);
}

#[test]
fn record_is_independent_of_wheel_digest_and_line_ending() {
    let name = "pip/__init__.py";
    let longer = "n8PJ72iV9dYW-_GOjiYrshrmilROPJOQUYzr2QW8NZjw\
        gBuK__H3Zd7Nnf8Jn0ek-MCkKuYy0q5urWoH5MPO7Q";
    for row in [
        WheelBuilder::row(name, b"def main(): pass\n").replace('\n', "\r\n"),
        format!("{name},sha512={longer},17\n"),
    ] {
        let target = Target::posix(&[Role::Purelib]);
        let wheel = pip().unlisted(name).rows(&row);
        apply(&wheel, &target).expect("the wheel is sound");
        assert_eq!(target.text(Role::Purelib, "pip-30.3.dist-info/RECORD"), RECORD);
    }
}

#[test]
fn record_quotes_commas_and_lists_signatures() {
    let target = Target::posix(&[Role::Purelib]);
    let signature = "pip-30.3.dist-info/RECORD.jws";
    let wheel = pip().file("pip/a,b", "").file(signature, "").unlisted(signature);
    apply(&wheel, &target).expect("the wheel is sound");
    let record = target.text(Role::Purelib, "pip-30.3.dist-info/RECORD");
    let empty = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0";
    for row in [format!("\"pip/a,b\",{empty}"), format!("{signature},{empty}")] {
        assert!(record.lines().any(|line| line == row), "{row} is not in {record}");
    }
}
