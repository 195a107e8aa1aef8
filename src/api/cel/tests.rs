//! Expressions and their values, after the language's definition and Kubernetes' documentation of its functions.

use super::{Fault, Program, Type, Val, of_json};
use crate::base::Value;
use serde_json::json;

fn schema() -> Value {
    json!({"type": "object", "properties": {
        "replicas": {"type": "integer"}, "minReplicas": {"type": "integer"}, "name": {"type": "string"},
        "ratio": {"type": "number"}, "foo-bar": {"type": "string"}, "namespace": {"type": "string"},
        "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "list": {"type": "array", "items": {"type": "integer"}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "wait": {"type": "string", "format": "duration"}, "at": {"type": "string", "format": "date-time"},
        "port": {"x-kubernetes-int-or-string": true},
        "items": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        "any": {"x-kubernetes-preserve-unknown-fields": true}}})
}

/// The type of an expression, or what the compiler says.
fn checked(text: &str) -> String {
    let own = Type::of_schema(&schema(), true, "selfType").unwrap();
    let variables = [("self", own.clone()), ("oldSelf", Type::optional(own))];
    let shown = |error: &super::SyntaxError| error.shown(text);
    match Program::new(text) {
        Err(error) => shown(&error),
        Ok(program) => match program.check(&variables) {
            Ok(ty) => ty.to_string(),
            Err(errors) => errors.iter().map(shown).collect::<Vec<_>>().join("\n"),
        },
    }
}

#[test]
fn types_are_known_before_anything_runs() {
    for (text, ty) in [
        ("self.replicas + 1", "int"),
        ("self.ratio > 1", "bool"),
        ("self.port == 'a' || self.port == 1", "bool"),
        ("self.items.map(x, x.name)", "list(string)"),
        ("self.items.filter(x, has(x.name))", "list(selfType.items.@idx)"),
        ("self.labels.transformMap(k, v, size(v))", "map(string, int)"),
        ("self.labels.transformMapEntry(k, v, {v: k})", "map(string, string)"),
        ("self.?name.orValue('x')", "string"),
        ("self.labels[?'a'].optMap(v, v.size())", "optional_type(int)"),
        ("oldSelf.?replicas", "optional_type(int)"),
        ("oldSelf.hasValue() && oldSelf.value().replicas <= self.replicas", "bool"),
        ("[]", "list(_var0)"),
        ("[1, 2].indexOf(2) + [[1], [2]].flatten().size()", "int"),
        ("lists.range(3).reverse().first()", "optional_type(int)"),
        ("self.items.sortBy(x, x.name)[0].name", "string"),
        ("self.at - self.at < duration('1h') || self.wait == duration('1s')", "bool"),
        ("type(self.name) == string && type(1) == int", "bool"),
        ("true ? self.name : 'a'", "string"),
        ("quantity('1').add(quantity('2')).isGreaterThan(quantity('1'))", "bool"),
        ("format.dns1123Label().validate(self.name)", "optional_type(list(string))"),
        ("semver('1.2.3')", "kubernetes.Semver"),
        ("'%s'.format([self.name])", "string"),
        ("self.metadata.name + self.kind", "string"),
        ("{'a': 1}", "map(string, int)"),
        ("self.set.all(x, x in ['a'])", "bool"),
        ("dyn(1) + 'a'", "string"),
        ("null == self.free", "bool"),
    ] {
        assert_eq!(checked(text), ty, "{text}");
    }
}

#[test]
fn what_does_not_fit_is_said_in_the_compilers_words() {
    for (text, words) in [
        ("self.replicas == 'a'", "1:15: found no matching overload for '_==_' applied to '(int, string)'"),
        ("self.nope > 1", "1:5: undefined field 'nope'"),
        ("has(self.nope)", "1:4: undefined field 'nope'"),
        ("self.any == 1", "1:5: undefined field 'any'"),
        ("other > 1", "1:1: undeclared reference to 'other' (in container '')"),
        ("self.name.foo()", "1:14: undeclared reference to 'foo' (in container '')"),
        ("greatest(1, 2)", "1:9: undeclared reference to 'greatest' (in container '')"),
        ("self.name.startsWith(1)", "1:21: found no matching overload for 'startsWith' applied to 'string.(int)'"),
        ("self.replicas.size()", "1:19: found no matching overload for 'size' applied to 'int.()'"),
        ("self.replicas && true", "1:5: expected type 'bool' but found 'int'"),
        (
            "self.name.all(x, true)",
            "1:5: expression of type 'string' cannot be range of a comprehension (must be list, map, or dynamic)",
        ),
        ("self.list.all(x, x)", "1:18: expected type 'bool' but found 'int'"),
        ("self.name.x == 1", "1:10: type 'string' does not support field selection"),
        ("[1, 'a'].size() == 2", "1:5: expected type 'int' but found 'string'"),
        ("!self.name", "1:1: found no matching overload for '!_' applied to '(string)'"),
        ("self.list.all(1, true)", "1:15: argument must be a simple name"),
        ("self.items[0] > 1", "1:15: found no matching overload for '_>_' applied to '(selfType.items.@idx, int)'"),
    ] {
        let shown = checked(text);
        let column: usize = words.split(':').nth(1).unwrap().parse().unwrap();
        assert_eq!(shown, format!("ERROR: <input>:{words}\n | {text}\n | {}^", ".".repeat(column - 1)), "{text}");
    }
    // All of them.
    assert_eq!(checked("self.a == self.b").matches("ERROR").count(), 2);
}

fn run(text: &str) -> Result<Val, Fault> {
    let schema = schema();
    let object = json!({"apiVersion": "a/v1", "kind": "A", "metadata": {"name": "x", "labels": {}}, "replicas": 3,
        "minReplicas": 1, "name": "ünïcode", "ratio": 2, "foo-bar": "dash", "namespace": "n", "set": ["a", "b"],
        "list": [1, 2, 3], "labels": {"a": "1", "b.c/d": "2"}, "wait": "90s", "at": "2026-02-28T23:59:60Z",
        "port": "80"});
    let program = Program::new(text).map_err(|error| Fault::Error(error.text))?;
    program.run(&[("self", of_json(&object, Some(&schema), true))], &mut 1_000_000)
}

#[test]
fn what_holds() {
    for text in [
        "self.minReplicas <= self.replicas",
        "self.replicas * 2 - 7 == -1 && -7 / 2 == -3 && -7 % 2 == -1",
        "1 + 2 * 3 == 7 && (1 + 2) * 3 == 9 && 0x1F == 31 && 1e3 == 1000.0 && 5u > 4",
        "1 < 2 ? true : false",
        "!has(self.missing) && has(self.name) && !(has(self.missing) && self.missing.x > 1)",
        "self.foo__dash__bar == 'dash' && self.__namespace__ == \"n\"",
        "self.metadata.name == 'x' && !has(self.metadata.labels) && self.kind == 'A'",
        "self.set == ['b', 'a'] && self.list != [3, 2, 1]",
        "'a' in self.set && !('z' in self.set) && 'a' in self.labels && self.labels['b.c/d'] == '2'",
        "self.list.all(x, x > 0) && self.list.exists(x, x == 2) && self.list.exists_one(x, x > 2)",
        "self.list.map(x, x * x) == [1, 4, 9] && self.list.filter(x, x % 2 == 1).size() == 2",
        "self.list.map(x, x > 1, x + 1) == [3, 4] && self.labels.all(k, self.labels[k] != '')",
        "self.labels.all(k, v, k.startsWith('a') || v == '2') && [7].all(i, v, i == 0 && v == 7)",
        "self.labels.transformList(k, v, v) == ['1', '2'] && {'a': 1}.transformMap(k, v, v + 1)['a'] == 2",
        // What decides makes up for what fails.
        "true || 1 / 0 > 1",
        "1 / 0 > 1 || true",
        "!(1 / 0 > 1 && false) && [0, 1].exists(x, 1 / x == 1)",
        "size(self.name) == 7 && self.name.size() == 7 && size({'a': 1}) == 1 && size(b'ab') == 2",
        "self.name.contains('code') && self.name.endsWith('e') && self.name.matches('^.n.+e$')",
        "'tacocat'.substring(4) == 'cat' && 'tacocat'.substring(0, 4) == 'taco' && 'äb'.charAt(1) == 'b'",
        "'hello'.indexOf('l') == 2 && 'hello'.lastIndexOf('l') == 3 && 'x'.indexOf('y') == -1",
        "'a,b,c'.split(',') == ['a', 'b', 'c'] && ['a', 'b'].join('-') == 'a-b' && 'aa'.replace('a', 'b', 1) == 'ba'",
        "'Ab'.lowerAscii() + 'Ab'.upperAscii() == 'abAB' && ' a '.trim() == 'a'",
        "'%s has %d'.format(['a', 2]) == 'a has 2'",
        "int('5') + int(2.9) == 7 && string(5) == '5' && double('1.5') == 1.5 && bool('true') && uint(3) == 3u",
        "type(self.list) == list && type(1) == int && type('') != bytes",
        "self.wait == duration('1m30s') && self.wait.getMinutes() == 1 && self.wait > duration('1s')",
        "timestamp('2026-03-01T00:00:00Z') - timestamp('2026-02-28T00:00:00Z') == duration('24h')",
        "timestamp('2026-02-28T10:20:30Z').getMonth() == 1 && timestamp('2026-02-28T10:20:30Z').getDayOfWeek() == 6",
        "(type(self.port) == string ? int(self.port) : self.port) == 80",
        "[1, 3, 2].max() == 3 && [1, 2].min() == 1 && [1, 2].sum() == 3 && ![2, 1].isSorted() && [5, 6].indexOf(6) == 1",
        "quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('1500m').compareTo(quantity('1.5')) == 0",
        "isQuantity('5Mi') && !isQuantity('5Zx') && quantity('50k').add(20) == quantity('50020')",
        "ip('192.168.0.1').family() == 4 && isIP('::1') && !isIP('010.0.0.1') && ip('127.0.0.1').isLoopback()",
        "cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').containsCIDR(cidr('10.1.0.0/16'))",
        "url('https://example.com:80/p?a=1').getHost() == 'example.com:80' && url('http://[::1]:8/').getHostname() == '::1'",
        "isURL('https://example.com') && !isURL('example.com') && url('/path?a=1').getQuery() == {'a': ['1']}",
        "self.?missing.orValue(5) == 5 && self.?name.hasValue() && self[?'missing'].or(optional.of(1)).value() == 1",
        "self.?replicas.optMap(x, x + 1).orValue(0) == 4 && [?self.?missing, 1] == [1]",
        "optional.none() == self.?missing && !optional.ofNonZeroValue('').hasValue()",
        "sets.contains([1, 2, 3], [2]) && sets.equivalent([1, 2], [2, 1, 1]) && sets.intersects([1], [1, 2])",
        "'a1b22'.find('[0-9]+') == '1' && 'a1b22'.findAll('[0-9]+') == ['1', '22'] && 'ab'.find('x') == ''",
        "[3, 1, 2].sort() == [1, 2, 3] && [1, 2, 1].distinct() == [1, 2] && [1, 2, 3].slice(1, 3) == [2, 3]",
        "[[1], [2, [3]]].flatten() == [1, 2, [3]] && lists.range(3).reverse() == [2, 1, 0] && [1].first().value() == 1",
        "[{'n': 2}, {'n': 1}].sortBy(x, x.n)[0].n == 1 && [].last() == optional.none()",
        "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('1.0.0-rc.1').compareTo(semver('1.0.0')) == -1",
        "isSemver('1.2.3+build') && !isSemver('v1.2') && isSemver('v1.2', true) && semver('v01.2', true).minor() == 2",
        "!format.dns1123Label().validate('a-b').hasValue() && format.dns1123Label().validate('A').value().size() == 1",
        "format.named('uuid').hasValue() && !format.named('x').hasValue() && format.date().validate('2026-13-01').hasValue()",
        "'%d %.2f %x %X %b %o %s %s'.format([1, 1.5, 255, 'k', 5, 8, [1, 'a'], {'k': true}]) == '1 1.50 ff 6B 101 10 [1, a] {k: true}'",
        "'%e'.format([1234.5]) == '1.234500e+03' && 'abcabc'.indexOf('c', 3) == 5 && 'abcabc'.lastIndexOf('c', 4) == 2",
        "{'a': 1}.transformMapEntry(k, v, {k + 'b': v + 1}) == {'ab': 2} && [?optional.none(), ?optional.of(1)] == [1]",
        "'\\u00e4\\x41\\101' == 'äAA' && r'\\d' == '\\\\d' && '''a'b''' == \"a'b\" && b'\\xff' != b'a'",
        "1 == 1.0 && 1u == 1 && 1 != '1' && [1] != {} && null == null // a remark",
        "self.ratio / 4.0 == 0.5 && type(self.ratio) == double",
    ] {
        assert_eq!(run(text), Ok(Val::Bool(true)), "{text}");
    }
}

#[test]
fn what_fails() {
    for (text, error) in [
        ("self.missing > 1", "no such key: missing"),
        ("self.list[3] > 1", "index out of bounds: 3"),
        ("self.list[0 - 1] > 1", "index out of bounds: -1"),
        ("self.labels['z'] == ''", "no such key: z"),
        ("1 / 0 == 1", "division by zero"),
        ("1 % 0 == 1", "modulus by zero"),
        ("9223372036854775807 + 1 > 0", "integer overflow"),
        ("--9223372036854775808 == 1 || 1u - 2u == 0u", "unsigned integer overflow"),
        ("self.port > 5", "no such overload"),
        ("self.name + 1 == ''", "no such overload"),
        ("1 / 0 > 1 && true", "division by zero"),
        ("[0, 2].all(x, 1 / x < 1)", "division by zero"),
        ("nothing == 1", "undeclared reference to 'nothing' (in container '')"),
        ("int('a') == 1", "strconv.ParseInt: parsing \"a\": invalid syntax"),
        ("optional.none().value() == 1", "optional.none() dereference"),
    ] {
        assert_eq!(run(text), Err(Fault::Error(error.to_owned())), "{text}");
    }
    let cost = "[1,2,3,4,5,6,7,8,9].all(a, L.all(b, L.all(c, L.all(d, L.all(e, L.all(f, true))))))";
    assert_eq!(run(&cost.replace('L', "[1,2,3,4,5,6,7,8,9]")), Err(Fault::Cost));
}

#[test]
fn what_is_no_expression() {
    let deep = "(".repeat(500) + "1" + &")".repeat(500);
    let long = "1+".repeat(500) + "1";
    for text in ["", "1 +", "(1", "a.", "'open", "1 2", "has(1)", "a ? b", "[1,,2]", "{1}", "#", "in", &deep, &long] {
        assert!(Program::new(text).is_err(), "{text}");
    }
    assert_eq!(Program::new("self.a >").map_err(|error| error.at).err(), Some(8));
}

proptest::proptest! {
    #[test]
    fn nothing_panics(words in proptest::collection::vec(0..WORDS.len(), 0..30)) {
        let text: Vec<&str> = words.into_iter().map(|word| WORDS[word]).collect();
        for text in [text.join(" "), text.concat()] {
            let _ = run(&text);
        }
    }
}

const WORDS: [&str; 44] = [
    "self",
    "self.list",
    "self.labels",
    "self.name",
    ".name",
    ".all(x, ",
    "x",
    ".map(k, v, ",
    ".size()",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    "?",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "==",
    "<",
    "in",
    "1",
    "9223372036854775807",
    "2u",
    "1.5",
    "'%s'",
    "\"a",
    "has(",
    "optional.of(",
    ".substring(",
    ".format([",
    "quantity('1e29')",
    ".add(",
    "duration('99h')",
    "cel.bind(x, ",
    "'\\",
];
