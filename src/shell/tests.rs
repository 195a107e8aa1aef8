//! Scripts and what they print.

use super::expand::{Env, matches};
use super::machine::{Begun, Host, Input, Machine};
use super::output::Output;
use super::parse::parse;
use super::syntax::Script;
use super::tools::{self, FileKind};
use std::collections::BTreeMap;

/// A machine with a few files and the program `lines`, which prints its arguments, one a line.
#[derive(Default)]
struct Desk {
    files: BTreeMap<String, String>,
}

impl Host for Desk {
    fn start(&mut self, words: &[String], input: &mut Input, _: &mut Env, output: &mut Output) -> Begun {
        match words[0].as_str() {
            "lines" => {
                words[1..].iter().for_each(|word| output.line(word));
                Begun::Done(0)
            }
            "fails" => {
                output.err_line("it failed");
                Begun::Done(3)
            }
            "sh" => match &words[1..] {
                [_, script, rest @ ..] => Begun::Script(script.clone(), rest.to_vec()),
                _ => Begun::Script(input.text.take().unwrap_or_default(), Vec::new()),
            },
            name if tools::NAMES.contains(&name) => Begun::Tool,
            name => Begun::NotFound(format!("bash: {name}: command not found")),
        }
    }
    fn poll(&mut self, _: &mut Output) -> Option<i32> {
        Some(0)
    }
    fn read(&mut self, path: &str, _: &Env) -> Result<String, &'static str> {
        self.files.get(path).cloned().ok_or("No such file or directory")
    }
    fn write(&mut self, path: &str, text: &str, append: bool, _: &Env) -> Result<(), &'static str> {
        let file = self.files.entry(path.to_owned()).or_default();
        if !append {
            file.clear();
        }
        file.push_str(text);
        Ok(())
    }
    fn files(&mut self, pattern: &str, _: &Env) -> Vec<String> {
        self.files.keys().filter(|name| matches(pattern, name)).cloned().collect()
    }
    fn exists(&mut self, path: &str, _: &Env) -> Option<FileKind> {
        self.files.contains_key(path).then_some(FileKind::File)
    }
    fn background(&mut self, _: Script, text: &str, _: &mut Env, output: &mut Output) {
        output.line(format!("beside: {text}"));
    }
    fn rest(&mut self, _: bool) -> bool {
        false
    }
    fn seconds(&self) -> i64 {
        1_767_225_600
    }
}

/// What a script prints, and its exit code if that is not 0.
fn run(text: &str) -> String {
    let script = match parse(text) {
        Ok(script) => script,
        Err(error) => return format!("{error:?}"),
    };
    let mut desk = Desk::default();
    desk.files.insert("pods".to_owned(), "NAME READY\nweb-1 1/1\nweb-2 0/1\ndb-1 1/1\n".to_owned());
    let mut env = Env { bash: true, arguments: vec!["bash".to_owned()], ..Env::default() };
    let mut output = Output::default();
    let mut machine = Machine::new(script);
    for _ in 0..4 {
        if let Some(exit) = machine.poll(&mut env, &mut desk, &mut output) {
            let text = output.terminal();
            return if exit == 0 { text } else { format!("{text}[{exit}]") };
        }
    }
    format!("{}…", output.terminal().chars().take(20).collect::<String>())
}

#[test]
fn scripts_run() {
    let table = [
        ("", ""),
        ("# nothing", ""),
        ("lines a 'b \"c' \"d 'e\" f\\ g ''", "a\nb \"c\nd 'e\nf g\n\n"),
        ("lines -o jsonpath='{.a}{\"\\n\"}'", "-o\njsonpath={.a}{\"\\n\"}\n"),
        ("A=1; B=\"$A 2\"; lines $B \"$B\" ${A}x $NONE \"\" $", "1\n2\n1 2\n1x\n\n$\n"),
        ("false && echo a || echo b; echo c", "b\nc\n"),
        ("! true; echo $?", "1\n"),
        ("fails; echo $?", "it failed\n3\n"),
        ("fails 2>/dev/null || echo no", "no\n"),
        ("fails 2>&1 | grep -c failed", "1\n"),
        ("fails &> both; cat both", "it failed\n"),
        ("nope", "bash: nope: command not found\n[127]"),
        ("echo a > f; echo b >> f; cat f; wc -l < f", "a\nb\n2\n"),
        ("cat <<EOF\nx: $((1+2))\n  y\nEOF\necho z", "x: 3\n  y\nz\n"),
        ("cat <<'EOF' | grep x\n$x\ny\nEOF\n", "$x\n"),
        ("cat <<< hello", "hello\n"),
        ("lines $(lines a b) \"$(lines c d)\" `echo e`", "a\nb\nc\nd\ne\n"),
        ("for i in 1 {2..4} {a,b}c; do printf '%s ' $i; done", "1 2 3 4 ac bc "),
        ("for i in a b c; do if [ $i = b ]; then continue; fi; echo $i; done", "a\nc\n"),
        ("i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done", "1\n2\n3\n"),
        ("until false; do echo x; break; done", "x\n"),
        ("while true; do echo x; if true; then break; fi; done; echo y", "x\ny\n"),
        ("case web-1 in db*) echo d;; web*|x) echo w;; esac", "w\n"),
        ("lines a b | while read x; do echo \"<$x>\"; done", "<a>\n<b>\n"),
        ("(A=2; echo $A); echo \"[$A]\"", "2\n[]\n"),
        ("{ echo a; echo b; } | wc -l", "2\n"),
        ("A=x sh -c 'echo $A $1' s y; echo \"[$A]\"", "x y\n[]\n"),
        ("sh -c 'exit 4'; echo $?", "4\n"),
        ("echo 'echo hi' | sh", "hi\n"),
        ("echo ${A:-none} ${#A} ${B:=3} $B", "none 0 3 3\n"),
        ("F=a.b.c; echo ${F%.*} ${F##*.} ${F#*.}", "a.b c b.c\n"),
        ("alias l='lines -'; l x", "-\nx\n"),
        ("export do=\"--dry-run=client -o yaml\"; lines $do", "--dry-run=client\n-o\nyaml\n"),
        ("lines p* 'p*' q*", "pods\np*\nq*\n"),
        ("lines a | xargs lines b", "b\na\n"),
        ("lines 'a b' c | xargs -n1 echo -", "- a\n- b\n- c\n"),
        ("lines x y | xargs -I{} echo '{}!'", "x!\ny!\n"),
        ("lines sleep &", "beside: lines sleep\n"),
        ("a &&\necho b", "bash: a: command not found\n[127]"),
        ("echo a \\\n b", "a b\n"),
        ("exit 5; echo no", "[5]"),
        ("cat missing", "cat: missing: No such file or directory\n[1]"),
        ("[ -f pods ] && test ! -e x && echo yes", "yes\n"),
        ("echo a 'b", "Unfinished(\"'\")"),
        ("cat <<EOF\nx", "Unfinished(\"<<EOF\")"),
        ("a |", "Unfinished(\"|\")"),
        ("| a", "Unexpected(\"|\")"),
        ("for i in 1; do echo $i", "Unfinished(\"done\")"),
        ("if true; echo", "Unfinished(\"then\")"),
        ("done", "Unexpected(\"done\")"),
        ("while true; do echo loop; done", "loop\nloop\nloop\nloop\n…"),
    ];
    for (text, expected) in table {
        assert_eq!(run(text), expected, "{text}");
    }
}

#[test]
fn programs_print_what_real_ones_print() {
    let table = [
        ("grep web pods", "web-1 1/1\nweb-2 0/1\n"),
        ("grep -v web pods | head -n 1", "NAME READY\n"),
        ("grep -c 1/1 pods; grep -i WEB-2 pods; grep -n db pods", "2\nweb-2 0/1\n4:db-1 1/1\n"),
        ("grep -E '^(web|db)-[0-9]' pods -o", "web-1\nweb-2\ndb-1\n"),
        ("grep -A1 NAME pods; grep -B1 -w db-1 pods", "NAME READY\nweb-1 1/1\nweb-2 0/1\ndb-1 1/1\n"),
        ("grep nothing pods", "[1]"),
        ("grep 'a\\|web-2' pods", "web-2 0/1\n"),
        ("awk '{print $1}' pods | tail -2", "web-2\ndb-1\n"),
        ("awk 'NR>1 && $2 == \"1/1\" {print $1 \"=\" $2}' pods", "web-1=1/1\ndb-1=1/1\n"),
        ("awk -F/ '/web/ {n += $2} END {print n, NR}' pods", "2 4\n"),
        ("echo a:b:c | awk -F: '{print $NF, NF}'", "c 3\n"),
        ("awk 'NR==1{next} {printf \"%-6s|\", $1}' pods", "web-1 |web-2 |db-1  |"),
        ("sed 's/web/www/; 1d' pods", "www-1 1/1\nwww-2 0/1\ndb-1 1/1\n"),
        ("sed -n '2,3p' pods", "web-1 1/1\nweb-2 0/1\n"),
        ("echo image: a:1 | sed -E 's|(image: [a-z]+):.*|\\1:2|'", "image: a:2\n"),
        ("sed -i s/web/www/ pods; head -2 pods", "NAME READY\nwww-1 1/1\n"),
        ("sed k pods", "sed: -e expression #1, char 1: unknown command: `k'\n[1]"),
        ("cut -d' ' -f2 pods | sort | uniq -c", "      1 0/1\n      2 1/1\n      1 READY\n"),
        ("echo abc | cut -c2-", "bc\n"),
        ("echo Hello | tr a-z A-Z | tr -d L", "HEO\n"),
        ("lines 10 9 100 | sort -n | tr '\\n' ,", "9,10,100,"),
        ("sort -k2,2r pods | head -1; sort -r pods | tail -1", "NAME READY\nNAME READY\n"),
        ("wc -l pods; wc < pods", "4 pods\n      4       8      40\n"),
        ("head -c 3 x; tail -n +4 pods", "head: x: No such file or directory\ndb-1 1/1\n"),
        ("seq 3 | tac; seq 2 2 6 | tr '\\n' ' '", "3\n2\n1\n2 4 6 "),
        ("echo -n secret | base64; echo c2VjcmV0 | base64 -d", "c2VjcmV0\nsecret"),
        ("date +%Y-%m-%dT%H:%M; date", "2026-01-01T00:00\nThu Jan  1 00:00:00 UTC 2026\n"),
        ("printf '%s-%03d\\n' a 7 b 8", "a-007\nb-008\n"),
        ("echo -e 'a\\tb'; echo -n c", "a\tb\nc"),
        ("basename /a/b.txt .txt; dirname /a/b", "b\n/a\n"),
        ("echo x | tee f g; cat f g", "x\nx\nx\n"),
        ("expr 2 + 3; expr 2 '*' 3", "5\n6\n"),
        ("column -t pods", "NAME   READY\nweb-1  1/1\nweb-2  0/1\ndb-1   1/1\n"),
    ];
    for (text, expected) in table {
        assert_eq!(run(text), expected, "{text}");
    }
}
