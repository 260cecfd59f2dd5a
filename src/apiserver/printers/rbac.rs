//! Role bindings.

use super::{Cells, Row, joined};

/// A role binding or cluster role binding.
pub fn binding(row: &Row<'_>) -> Cells {
    let role = row.o.get("roleRef");
    let subjects = row.o.get("subjects").items();
    let names = |kind: &str| {
        let own = subjects.iter().filter(|s| s.kind() == kind);
        joined(own.map(|s| s.get("name").str()), ", ")
    };
    let accounts: Vec<String> = subjects
        .iter()
        .filter(|s| s.kind() == "ServiceAccount")
        .map(|s| format!("{}/{}", s.get("namespace").str(), s.get("name").str()))
        .collect();
    vec![
        row.name(),
        format!("{}/{}", role.kind(), role.get("name").str()).into(),
        row.age(),
        names("User").into(),
        names("Group").into(),
        accounts.join(", ").into(),
    ]
}
