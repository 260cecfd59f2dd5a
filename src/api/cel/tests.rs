use super::*;
use crate::apimachinery::Value;
use crate::tree;

fn run(text: &str) -> Result<Val, String> {
    let own = tree!({
        "n": 3, "f": 1.5, "s": "Hello", "list": [1, 2, 3], "names": ["b", "a"], "map": {"a": 1, "b": 2}, "dash-ed": 1, "in": 7,
        "items": [{"name": "x", "v": 1}, {"name": "y", "v": 2}], "cpu": "500m", "when": "2026-01-01T00:00:00Z",
    });
    let done = compile(text, &Env::default().with("self", Type::Dyn))?;
    Scope::run(&done.expr, &mut Given(vec![("self", Val::Json(own))])).0
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
        "int('5') == 5 && string(5) == '5' && double(2) == 2.0 && type(self.n) == int && type('') != int",
        "duration('90s') > duration('1m') && timestamp(self.when) < timestamp('2027-01-01T00:00:00Z')",
        "quantity(self.cpu).isLessThan(quantity('1')) && isQuantity('1Gi') && !isQuantity('x')",
        "quantity('1Gi').add(quantity('1Gi')).compareTo(quantity('2Gi')) == 0 && quantity('2').asInteger() == 2",
        "[quantity('1'), quantity('2')].map(q, q.asInteger()) == [1, 2]",
        "self.?t.orValue(5) == 5 && self.?n.hasValue() && self.?a.?b == optional.none()",
        "[?self.?t, ?self.?n] == [3] && {?'a': self.?t, 'b': 1} == {'b': 1} && self.list[?9].orValue(0) == 0",
        "optional.of(2).optMap(x, x + 1).value() == 3 && self.?t.or(optional.of(1)).value() == 1",
        "self.t == 1 || true",
        "// a comment\ntrue",
        "{'a': 1}['a'] == 1 && [1] + [2] == [1, 2] && {1: 'a'}[1] == 'a'",
        "1u + 2u == 3u && 3u == uint(3) && 3u < 4 && b'a' + b'b' == b'ab'",
        "self.list.all(i, x, i < 3 && x == i + 1) && self.map.exists(k, v, k == 'b' && v == 2)",
        "self.map.transformList(k, v, v) == [1, 2] && self.map.transformMap(k, v, v > 1, v * 2) == {'b': 4}",
        "self.list.transformMapEntry(i, v, {string(v): i}) == {'1': 0, '2': 1, '3': 2}",
        "sets.contains([1, 2], [2]) && sets.equivalent([1, 1], [1]) && !sets.intersects([1], [2])",
        "ip('10.0.0.1').family() == 4 && isIP('::1') && !isIP('10.0.0.256') && ip('127.0.0.1').isLoopback()",
        "cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')",
        "string(cidr('10.1.2.3/8').masked()) == '10.0.0.0/8' && cidr('::/0').prefixLength() == 0",
        "url('https://a.test:80/p?x=1&x=2').getHost() == 'a.test:80' && url('https://a.test:80/').getPort() == '80'",
        "url('https://a.test/p?x=1&x=2').getQuery()['x'] == ['1', '2'] && !isURL('a b') && isURL('/a')",
        "'a1b22'.find('[0-9]+') == '1' && 'a1b22'.findAll('[0-9]+') == ['1', '22']",
        "'%s is %d, %.2f'.format([dyn('x'), 3, 1.5]) == 'x is 3, 1.50' && 'aXbX'.replace('X', '-', 1) == 'a-bX'",
        "format.dns1123Label().validate('Ab').hasValue() && !format.named('uuid').value().validate('x').or(optional.none()).hasValue() == false",
        "semver('1.2.3').isLessThan(semver('1.10.0')) && isSemver('1.0.0-a') && !isSemver('1.0') && semver('v1', true).major() == 1",
        "timestamp('2026-03-01T10:00:00Z').getHours() == 10 && timestamp('2026-03-01T10:00:00Z').getHours('+02:00') == 12",
        "self.when < timestamp('2027-01-01T00:00:00Z') && self.when.getFullYear() == 2026",
        "jsonpatch.escapeKey('a/b~c') == 'a~1b~0c'",
        "duration('1h') + duration('1m') == duration('61m') && duration('90s').getMinutes() == 1",
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
        ("optional.none().value()", "optional.none() dereference"),
        (
            "self.n ==",
            "ERROR: <input>:1:10: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | self.n ==\n | .........^",
        ),
        (
            "self.n = 3",
            "ERROR: <input>:1:8: Syntax error: token recognition error at: '= '\n | self.n = 3\n | .......^\nERROR: <input>:1:10: Syntax error: extraneous input '3' expecting <EOF>\n | self.n = 3\n | .........^",
        ),
        (
            "other.x",
            "ERROR: <input>:1:1: undeclared reference to 'other' (in container '')\n | other.x\n | ^",
        ),
        (
            "foo(1)",
            "ERROR: <input>:1:4: undeclared reference to 'foo' (in container '')\n | foo(1)\n | ...^",
        ),
        (
            "'a'.startsWith(1)",
            "ERROR: <input>:1:15: found no matching overload for 'startsWith' applied to 'string.(int)'\n | 'a'.startsWith(1)\n | ..............^",
        ),
        (
            "1 + 'a'",
            "ERROR: <input>:1:3: found no matching overload for '_+_' applied to '(int, string)'\n | 1 + 'a'\n | ..^",
        ),
        (
            "self.s.matches('[')",
            "ERROR: <input>:1:16: invalid matches argument\n | self.s.matches('[')\n | ...............^",
        ),
        (
            "[1, 'a']",
            "ERROR: <input>:1:5: expected type 'int' but found 'string'\n | [1, 'a']\n | ....^",
        ),
    ] {
        assert_eq!(run(text), Err(wanted.to_owned()), "{text}");
    }
}

#[test]
fn expressions_have_types() {
    let env = Env::admission(Type::Dyn, Some(Type::Dyn), true);
    for (text, wanted) in [
        ("object.x", "dyn"),
        ("request.userInfo.groups", "list(string)"),
        ("request.userInfo.groups[0] + 'x'", "string"),
        ("object.x + 1", "int"),
        ("namespaceObject.metadata.labels['a']", "string"),
        (
            "authorizer.group('').resource('pods').check('get').allowed()",
            "bool",
        ),
        (
            "authorizer.requestResource.check('x')",
            "kubernetes.authorization.Decision",
        ),
        ("has(request.dryRun) ? [1] : []", "list(int)"),
        ("object.?x", "optional_type(dyn)"),
        ("[1, 2].map(x, string(x))", "list(string)"),
        ("params == null ? 'a' : 'b'", "string"),
    ] {
        let found = compile(text, &env).map(|c| c.output.to_string());
        assert_eq!(found.as_deref(), Ok(wanted), "{text}");
    }
    for (text, wanted) in [
        ("request.wings", "undefined field 'wings'"),
        (
            "request.name > 1",
            "found no matching overload for '_>_' applied to '(string, int)'",
        ),
        (
            "Object{spec: 1}",
            "undeclared reference to 'Object' (in container '')",
        ),
        ("1.all(x, true)", "expression of type"),
    ] {
        let found = compile(text, &env).map(|c| c.output.to_string());
        assert!(
            found.as_ref().is_err_and(|e| e.contains(wanted)),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn nothing_that_is_written_breaks_it() {
    let deep = format!("{}1{}", "(".repeat(5000), ")".repeat(5000));
    assert!(run(&deep).is_err_and(|e| e.contains("it is nested too deeply")));
    assert!(run(&"!".repeat(5000)).is_err());
    let long = format!("1{} > 0", "+1".repeat(5000));
    assert!(run(&long).is_err_and(|e| e.contains("it is too long")));
    let doubled = format!(
        "['{}']{}.size() == 1",
        "a".repeat(64),
        ".map(a, a + a)".repeat(40)
    );
    assert_eq!(run(&doubled), Err(OVER_LIMIT.to_owned()));
    assert!(run("duration('2562047h') + duration('2562047h') > duration('1s')").is_err());
    for bad in [
        "'\\u12",
        "9223372036854775807 + 1",
        "",
        ".",
        "a.",
        "{",
        "[",
        "'",
        "-",
        "a{",
        "ä",
        "'%d'.format([])",
    ] {
        assert!(run(bad).is_err(), "{bad}");
    }
    assert!(mentions(
        &read("self.a == [oldSelf.b][0]").expect("it can be read"),
        "oldSelf"
    ));
}
