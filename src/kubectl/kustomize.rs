//! `kubectl kustomize` and `-k`: building the objects of a kustomization (models `sigs.k8s.io/kustomize` v5).
//!
//! Reading order: [`load`] (folders and files), [`file`] (the kustomization file), [`resource`] (an object and its names),
//! [`target`] (putting a kustomization together), and then a file per thing that a kustomization can do to objects.
//! Errors are upstream's words; there is nothing to tell them apart by.

mod fields;
mod file;
mod generate;
mod load;
mod merge;
mod order;
mod patch;
mod refs;
mod replace;
mod resource;
mod target;
mod transform;

use super::env::Io;
use crate::apimachinery::Value;

type Result<T> = std::result::Result<T, String>;

/// Builds the kustomization in a folder and gives its objects in the order in which they are printed.
///
/// `anywhere`: files may stand outside the folder (`LoadRestrictionsNone`). Fails with upstream's message.
pub fn build(io: &dyn Io, dir: &str, anywhere: bool) -> Result<Vec<Value>> {
    let loader = load::Loader::new(io, dir, anywhere)?;
    let (mut all, sort) = target::build(&loader)?;
    generate::add_hashes(&mut all);
    refs::fix(&mut all)?;
    all.retain(|r| {
        let annotations = r.object.at(&["metadata", "annotations"]);
        matches!(
            annotations
                .get("config.kubernetes.io/local-config")
                .as_str(),
            None | Some("false")
        )
    });
    order::sort(&mut all, &sort)?;
    Ok(all.into_iter().map(|r| r.object).collect())
}
