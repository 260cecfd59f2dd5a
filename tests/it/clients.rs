//! Other people's clients of the Kubernetes API on the native program.

use crate::native::Server;
use std::path::Path;
use std::process::Command;

/// Its own Python, with the client of `tests/clients/requirements.txt`; `make test` installs it.
const PYTHON: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/clients/.venv/bin/python3"
);

#[test]
#[allow(clippy::print_stderr)]
fn the_python_client_works_unchanged() {
    if !Path::new(PYTHON).exists() {
        eprintln!("SKIPPED: the Python client is not installed (`.ci/tools test` does that)");
        return;
    }
    let server = Server::start(&[]);
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/client.py");
    let output = Command::new(PYTHON)
        .arg(program)
        .arg(server.dir.join("kubeconfig"))
        .output()
        .expect("Python starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
