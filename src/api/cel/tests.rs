//! Expressions and their values, after the language's definition and Kubernetes' documentation of its functions.

use super::{Fault, Program, Val, of_json};
use serde_json::json;

fn run(text: &str) -> Result<Val, Fault> {
    let schema = json!({"type": "object", "properties": {
        "replicas": {"type": "integer"}, "minReplicas": {"type": "integer"}, "name": {"type": "string"},
        "ratio": {"type": "number"}, "foo-bar": {"type": "string"}, "namespace": {"type": "string"},
        "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "list": {"type": "array", "items": {"type": "integer"}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "wait": {"type": "string", "format": "duration"}, "at": {"type": "string", "format": "date-time"},
        "port": {"x-kubernetes-int-or-string": true}}});
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
        "cel.bind(x, self.replicas * 2, x + x == 12)",
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
