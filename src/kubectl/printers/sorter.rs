//! `--sort-by`

use crate::apimachinery::jsonpath::{JsonPath, relaxed};
use crate::apimachinery::quantity::Quantity;
use crate::apimachinery::{Timestamp, Value};
use crate::collections::Arrange;
use crate::kubectl::error::Error;
use std::cmp::Ordering;

/// Sorts values by a field of the object that `object` finds in each. Values without the field come first; an error where none has it.
pub fn sort_by(
    values: &mut [Value],
    expression: &str,
    object: impl Fn(&Value) -> &Value,
) -> Result<(), Error> {
    let template = relaxed(expression).map_err(Error::msg)?;
    let path = JsonPath::parse(&template)
        .map_err(|e| Error::msg(format!("sorting error: {e}")))?
        .allow_missing_keys(true);
    let mut keyed = Vec::new();
    let mut found = false;
    for value in values.iter() {
        let results = path.find_results(object(value)).map_err(Error::msg)?;
        let key = results.first().and_then(|r| r.first()).cloned();
        found |= key.is_some();
        keyed.push((key, value.clone()));
    }
    if !keyed.is_empty() && !found {
        return Err(Error::msg(format!(
            "couldn't find any field with path \"{template}\" in the list of objects"
        )));
    }
    keyed.arrange_by(|(a, _), (b, _)| match (a, b) {
        (None, None) => Ordering::Equal,
        (None, _) => Ordering::Less,
        (_, None) => Ordering::Greater,
        (Some(a), Some(b)) => compare(a, b),
    });
    for (slot, (_, value)) in values.iter_mut().zip(keyed) {
        *slot = value;
    }
    Ok(())
}

fn compare(a: &Value, b: &Value) -> Ordering {
    if let (Some(x), Some(y)) = (a.as_f64(), b.as_f64()) {
        return x.total_cmp(&y);
    }
    match (a, b) {
        (Value::Str(x), Value::Str(y)) => compare_text(x, y),
        (Value::Bool(x), Value::Bool(y)) => x.cmp(y),
        (Value::List(x), Value::List(y)) => x
            .iter()
            .zip(y.iter())
            .map(|(p, q)| compare(p, q))
            .find(|o| o.is_ne())
            .unwrap_or_else(|| x.len().cmp(&y.len())),
        _ => Ordering::Equal,
    }
}

fn compare_text(a: &str, b: &str) -> Ordering {
    if let (Ok(x), Ok(y)) = (Quantity::parse(a), Quantity::parse(b)) {
        return x.cmp(&y);
    }
    if let (Some(x), Some(y)) = (Timestamp::parse(a), Timestamp::parse(b)) {
        return x.cmp(&y);
    }
    natural(a, b)
}

/// Text order in which runs of digits count as numbers (`p2` before `p10`).
fn natural(a: &str, b: &str) -> Ordering {
    let (mut x, mut y) = (a, b);
    loop {
        match (x.chars().next(), y.chars().next()) {
            (None, None) => return Ordering::Equal,
            (None, _) => return Ordering::Less,
            (_, None) => return Ordering::Greater,
            (Some(p), Some(q)) if p.is_ascii_digit() && q.is_ascii_digit() => {
                let (dx, dy) = (digits(x), digits(y));
                let (nx, ny) = (dx.trim_start_matches('0'), dy.trim_start_matches('0'));
                let order = nx.len().cmp(&ny.len()).then_with(|| nx.cmp(ny));
                if order.is_ne() {
                    return order;
                }
                (x, y) = (&x[dx.len()..], &y[dy.len()..]);
            }
            (Some(p), Some(q)) => {
                if p != q {
                    return p.cmp(&q);
                }
                (x, y) = (&x[p.len_utf8()..], &y[q.len_utf8()..]);
            }
        }
    }
}

fn digits(s: &str) -> &str {
    let end = s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len());
    &s[..end]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_compared_by_what_they_mean() {
        let mut list: Vec<Value> = ["p10", "p2", "p1"]
            .iter()
            .map(|n| crate::tree!({"n": n}))
            .collect();
        sort_by(&mut list, ".n", |v| v).unwrap();
        assert_eq!(
            list.iter().map(|v| v.get("n").str()).collect::<Vec<_>>(),
            ["p1", "p2", "p10"]
        );
        let mut list: Vec<Value> = ["1Gi", "500Mi", "2k"]
            .iter()
            .map(|n| crate::tree!({"n": n}))
            .collect();
        sort_by(&mut list, "{.n}", |v| v).unwrap();
        assert_eq!(
            list.iter().map(|v| v.get("n").str()).collect::<Vec<_>>(),
            ["2k", "500Mi", "1Gi"]
        );
        assert!(sort_by(&mut list, ".x", |v| v).is_err());
    }
}
