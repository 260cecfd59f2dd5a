//! Which resource a kind is served as (upstream's `RESTMapper`, which learns it from discovery).

use crate::apimachinery::meta;
use crate::apimachinery::schema::{self, ResourceDef};

/// The resource of a kind that can be read, in the version asked for or else in the best one; `customs` are the custom kinds that are served.
pub fn resource_of(
    api_version: &str,
    kind: &str,
    customs: &[&'static ResourceDef],
) -> Option<&'static ResourceDef> {
    let (group, version) = meta::split_api_version(api_version);
    let mut of_kind = schema::RESOURCES
        .iter()
        .chain(customs.iter().copied())
        .filter(|r| r.kind == kind && r.group == group && r.verbs.contains(&"get"));
    let first = of_kind.clone().next();
    of_kind.find(|r| r.version == version).or(first)
}
