//! The binary as it is built. That it is built for this test is what the tests of the whole rely on.

use std::process::Command;

#[test]
fn it_says_its_version() {
    let said = Command::new(env!("CARGO_BIN_EXE_sloth")).arg("--version").output().unwrap();
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success() && text.contains(env!("CARGO_PKG_VERSION")), "{text}");
}
