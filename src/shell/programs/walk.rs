//! Walking through directories.

use super::super::process::Cx;
use super::attributes::join;

/// Places that one walk may give.
pub const MAX_PLACES: usize = 100_000;

/// A path and, if it is a directory, all that is below it: directories before what they hold, links not followed.
pub fn tree(cx: &mut Cx, start: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![start.to_string()];
    while let Some(place) = waiting.pop() {
        if found.len() >= MAX_PLACES {
            break;
        }
        waiting.extend(children(cx, &place).into_iter().rev());
        found.push(place);
    }
    found
}

/// What a directory holds, sorted; nothing if it is no directory.
pub fn children(cx: &mut Cx, place: &str) -> Vec<String> {
    if !cx.stat(place, false).is_ok_and(|m| m.is_dir()) {
        return Vec::new();
    }
    let path = cx.path(place);
    let names = cx.sys.fs().list(&path).unwrap_or_default();
    names.iter().map(|name| join(place, name)).collect()
}
