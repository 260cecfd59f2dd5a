use super::*;
use crate::apimachinery::Value;
use crate::tree;

fn run(text: &str) -> Result<Val, String> {
    let own = tree!({
        "n": 3, "f": 1.5, "s": "Hello", "list": [1, 2, 3], "names": ["b", "a"], "map": {"a": 1, "b": 2}, "dash-ed": 1, "in": 7,
        "items": [{"name": "x", "v": 1}, {"name": "y", "v": 2}], "cpu": "500m", "when": "2026-01-01T00:00:00Z",
    });
    evaluate(&compile(text)?, &[("self", Val::Json(own))])
}

#[test]
fn expressions_come_to_what_they_should() {
    for text in [
        "self.n == 3 && self.n > 2.5 && !(self.n < 3)",
        "1 + 2 * 3 == 7 && (1 + 2) * 3 == 9 && 7 / 2 == 3 && 7 % 2 == 1 && -self.n == -3",
        "self.s != 'hello' || false",
        "self.n > 5 ? false : self.s.startsWith('He')",
        "self.s.lowerAscii() == 'hello' && self.s.contains(\"ell\") && size(self.s) == 5 && self.s.size() == 5",
        "self.s.matches('^H[a-z]+$') && r'\\d' == '\\\\d'",
        "has(self.s) && !has(self.t) && has(self.map.a)",
        "2 in self.list && 'a' in self.map && !(4 in self.list)",
        "self.list.all(x, x > 0) && self.list.exists(x, x == 2) && self.list.exists_one(x, x > 2)",
        "self.list.filter(x, x > 1).map(x, x * 2) == [4, 6] && self.list.map(x, x > 2, x) == [3]",
        "self.map.all(k, self.map[k] > 0) && self.items.all(i, i.v > 0 && size(i.name) == 1)",
        "self.list[0] == 1 && self.items[1].name == 'y'",
        "self.list.sum() == 6 && self.list.max() == 3 && self.names.isSorted() == false",
        "self.names.join('-') == 'b-a' && 'a,b'.split(',') == ['a', 'b'] && 'abc'.substring(1) == 'bc'",
        "self.__dash__ed == 1 || self.dash__dash__ed == 1",
        "self.__in__ == 7",
        "int('5') == 5 && string(5) == '5' && double(2) == 2.0 && type(self.n) == 'int'",
        "duration('90s') > duration('1m') && timestamp(self.when) < timestamp('2027-01-01T00:00:00Z')",
        "quantity(self.cpu).isLessThan(quantity('1')) && isQuantity('1Gi') && !isQuantity('x')",
        "self.?t.orValue(5) == 5 && self.?n.hasValue()",
        "self.t == 1 || true",
        "// a comment\ntrue",
        "{'a': 1}['a'] == 1 && [1] + [2] == [1, 2]",
    ] {
        assert_eq!(run(text), Ok(Val::Json(Value::Bool(true))), "{text}");
    }
}

#[test]
fn errors_are_upstream_s() {
    for (text, wanted) in [
        ("self.t == 1", "no such key: t"),
        ("self.list[7] == 1", "index out of bounds: 7"),
        ("self.n + self.s == 1", "no such overload"),
        ("1 / 0 == 1", "division by zero"),
        ("ip('1.2.3.4')", "function \"ip\" is not supported"),
        ("self.n ==", "it ends too early"),
        ("self.n = 3", "it cannot be read at \"= 3\""),
    ] {
        assert_eq!(run(text), Err(wanted.to_owned()), "{text}");
    }
}

#[test]
fn nothing_that_is_written_breaks_it() {
    let deep = format!("{}1{}", "(".repeat(5000), ")".repeat(5000));
    assert_eq!(run(&deep), Err("it is nested too deeply".to_owned()));
    assert!(run(&"!".repeat(5000)).is_err());
    let long = format!("1{} > 0", "+1".repeat(5000));
    assert_eq!(run(&long), Err("it is too long".to_owned()));
    let doubled = format!(
        "['{}']{}.size() == 1",
        "a".repeat(64),
        ".map(a, a + a)".repeat(40)
    );
    let spent = "operation cancelled: actual cost limit exceeded";
    assert_eq!(run(&doubled), Err(spent.to_owned()));
    assert!(run("duration('2562047h') + duration('2562047h') > duration('1s')").is_err());
    assert!(run("'\\u12").is_err());
    assert!(run("9223372036854775807 + 1").is_err());
    assert!(mentions(
        &compile("self.a == [oldSelf.b][0]").expect("it compiles"),
        "oldSelf"
    ));
}
