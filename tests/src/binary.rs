use std::path::PathBuf;

/// The binary `sloth` that was built beside this test; `SLOTH_BINARY` names another one.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("SLOTH_BINARY") {
        return path.into();
    }
    let test = std::env::current_exe().unwrap();
    // target/<profile>/deps/<test>
    let profile = test.parent().unwrap().parent().unwrap();
    let path = profile.join("sloth");
    assert!(
        path.is_file(),
        "{} is not built: run `cargo test --workspace`, or `cargo build` before this",
        path.display()
    );
    path
}
