//! Fields that are a number or a percentage (`intstr.IntOrString`).

use super::value::Value;

/// The percentage in `"25%"`, if it is one.
pub fn percent(v: &Value) -> Option<i64> {
    v.as_str()?.strip_suffix('%')?.parse().ok()
}

/// A number, or a percentage of `total` rounded as asked (`GetScaledValueFromIntOrPercent`). The error is upstream's text.
pub fn scaled_value(v: &Value, total: i64, round_up: bool) -> Result<i64, String> {
    match v {
        Value::Str(s) => {
            let p = percent(v).ok_or_else(|| {
                if s.ends_with('%') {
                    format!("invalid value for IntOrString: invalid value {:?}: strconv.Atoi: parsing {:?}: invalid syntax", s.as_str(), s.trim_end_matches('%'))
                } else {
                    "invalid value for IntOrString: invalid type: string is not a percentage".to_owned()
                }
            })?;
            let product = p.saturating_mul(total);
            Ok(if round_up {
                product.div_euclid(100) + i64::from(product.rem_euclid(100) != 0)
            } else {
                product.div_euclid(100)
            })
        }
        other => other
            .as_i64()
            .ok_or_else(|| "nil value for IntOrString".to_owned()),
    }
}

/// The field as Go prints an `IntOrString`: the number or the string.
pub fn display(v: &Value) -> String {
    match v {
        Value::Str(s) => s.as_str().to_owned(),
        other => other.as_i64().unwrap_or(0).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_round_as_asked() {
        assert_eq!(scaled_value(&"25%".into(), 10, true), Ok(3));
        assert_eq!(scaled_value(&"25%".into(), 10, false), Ok(2));
        assert_eq!(scaled_value(&Value::Int(4), 10, false), Ok(4));
        assert!(scaled_value(&"x".into(), 10, false).is_err());
    }
}
