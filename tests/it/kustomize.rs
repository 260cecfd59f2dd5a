//! Kustomizations, byte for byte as a real kubectl builds them.

#![allow(clippy::unwrap_used)]

use kubarium::apimachinery::yaml::to_yaml;
use kubarium::kubectl::kustomize::build;
use kubarium::native::kubectl::workstation::Workstation;
use std::fs;
use std::path::{Path, PathBuf};

/// What the kustomization in a folder comes to: its objects or `error: …`, with the folder of them all called `DIR`.
fn built(dir: &Path, root: &Path) -> String {
    match build(&Workstation::default(), dir.to_str().unwrap(), false) {
        Ok(objects) => objects
            .iter()
            .map(to_yaml)
            .collect::<Vec<_>>()
            .join("---\n"),
        Err(e) => format!("error: {}\n", e.trim_end()).replace(root.to_str().unwrap(), "DIR"),
    }
}

/// Files `NAME.yaml` and `NAME.error` hold what `kubectl kustomize NAME` printed.
fn check(under: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/kustomize");
    let mut wants: Vec<PathBuf> = fs::read_dir(root.join(under))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_file())
        .collect();
    wants.sort();
    assert!(wants.len() > 10);
    for want in wants {
        let text = fs::read_to_string(&want).unwrap();
        assert_eq!(built(&want.with_extension(""), &root), text, "{want:?}");
    }
}

#[test]
fn kustomizations_are_built_as_kubectl_builds_them() {
    check("");
}

#[test]
fn broken_kustomizations_are_refused_in_kubectls_words() {
    check("errors");
}
