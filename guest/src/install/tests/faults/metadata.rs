//! Faults of what a wheel says of itself.

use super::{Builder, FaultCode, Target, assert_refused};
use super::{faults, metadata, pip, plan};

#[test]
fn a_metadata_directory_that_is_not_the_only_one_or_another_wheels_is_refused() {
    let second = pip().file("other-1.0.dist-info/METADATA", &metadata("other", "1.0"));
    assert_refused(FaultCode::DistInfo, "pip-26.3-py3-none-any.whl", &second);
    for name in ["pop-26.3-py3-none-any.whl", "pip-26.2-py3-none-any.whl"] {
        let mut wheel = pip();
        name.clone_into(&mut wheel.file_name);
        assert_refused(FaultCode::DistInfo, name, &wheel);
    }
}

#[test]
fn metadata_that_is_for_the_installer_to_write_is_refused() {
    for name in ["INSTALLER", "REQUESTED", "direct_url.json"] {
        let entry = format!("pip-26.3.dist-info/{name}");
        assert_refused(FaultCode::DistInfo, &entry, &pip().metadata(name, "pip\n"));
    }
}

#[test]
fn a_missing_malformed_or_newer_wheel_file_is_refused() {
    let name = "pip-26.3.dist-info/WHEEL";
    assert_refused(FaultCode::WheelFile, name, &pip().without(name));
    for contents in [
        "",
        "Wheel-Version 1.0\n",
        "Root-Is-Purelib: true\n",
        "Wheel-Version: 2.0\nRoot-Is-Purelib: true\n",
        "Wheel-Version: 0.1\nRoot-Is-Purelib: true\n",
        "Wheel-Version: 1.x\nRoot-Is-Purelib: true\n",
        "Wheel-Version: 1\nRoot-Is-Purelib: true\n",
        "Wheel-Version: 1.0\n",
        "Wheel-Version: 1.0\nRoot-Is-Purelib: perhaps\n",
        "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nroot-is-purelib: false\n",
    ] {
        assert_refused(FaultCode::WheelFile, name, &pip().file(name, contents));
    }
}

#[test]
fn a_newer_minor_version_of_the_format_is_not_at_fault() {
    let wheel = pip().metadata("WHEEL", "Wheel-Version: 1.9\nRoot-Is-Purelib: True\n");
    assert!(plan(&wheel, &Target::posix(&[])).is_ok());
}

#[test]
fn missing_or_malformed_metadata_or_that_of_another_project_is_refused() {
    let name = "pip-26.3.dist-info/METADATA";
    assert_refused(FaultCode::Metadata, name, &pip().without(name));
    for contents in [
        "Name",
        "Metadata-Version: 2.4\nVersion: 26.3\n",
        "Metadata-Version: 2.4\nName: pip\n",
        &metadata("pop", "26.3"),
        &metadata("pip", "26.2"),
        &metadata("pip", "26.3").replace("2.4", "3.0"),
        &metadata("pip", "26.3").replace("Metadata-Version: 2.4\n", ""),
        &metadata("pip", "26.3").replace(">=3.9", "three"),
        &metadata("pip", "26.3").replace("Name: pip", "Name: pip\nname: pop"),
        &metadata("pip", "26.3").replace("Name: pip", "Name: pip\rName: pop"),
    ] {
        assert_refused(FaultCode::Metadata, name, &pip().file(name, contents));
    }
}

#[test]
fn a_file_name_that_is_no_wheels_is_refused() {
    for name in ["pip-26.3-py3-none-any.zip", "pip.whl", "../pip-26.3-py3-none-any.whl"] {
        let mut wheel = pip();
        name.clone_into(&mut wheel.file_name);
        assert_refused(FaultCode::FileName, name, &wheel);
    }
}

#[test]
fn a_malformed_record_is_refused() {
    let name = "pip-26.3.dist-info/RECORD";
    let row = Builder::row("pip/__init__.py", b"def main(): pass\n");
    for rows in ["pip/__init__.py,\n", "pip/__init__.py,,,\n", &row] {
        assert_refused(FaultCode::Record, name, &pip().rows(rows));
    }
}

#[test]
fn without_a_record_every_file_is_unlisted() {
    let faults = faults(&pip().without_record());
    let codes: Vec<FaultCode> = faults.iter().map(|fault| fault.code).collect();
    assert_eq!(codes, [&[FaultCode::Record][..], &[FaultCode::Unlisted; 12]].concat());
}

#[test]
fn a_file_that_record_does_not_list_is_refused() {
    assert_refused(FaultCode::Unlisted, "pip/__init__.py", &pip().unlisted("pip/__init__.py"));
}

#[test]
fn a_row_without_a_file_is_refused() {
    for name in ["pip/evil.py", "../../../bin/python3", "/etc/passwd"] {
        assert_refused(FaultCode::Phantom, name, &pip().rows(&format!("{name},,\n")));
        assert_refused(FaultCode::Phantom, name, &pip().rows(&Builder::row(name, b"")));
    }
}

#[test]
fn a_file_that_is_not_what_record_states_is_refused() {
    let name = "pip/__init__.py";
    for row in [
        // Another digest, another size.
        Builder::row(name, b"def evil(): pass\n"),
        Builder::row(name, b"def main(): pass\n").replace(",17", ",18"),
    ] {
        assert_refused(FaultCode::Mismatch, name, &pip().unlisted(name).rows(&row));
    }
    for hash in ["md5=K_NVxLjRGNUzV-Nq_tqASQ,17", ",17", ","] {
        let row = format!("{name},{hash}\n");
        assert_refused(FaultCode::WeakDigest, name, &pip().unlisted(name).rows(&row));
    }
}
