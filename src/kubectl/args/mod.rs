//! Command lines read as cobra and pflag read them: which command is meant, its flags and its arguments.
//!
//! The flags of each command are data ([`FlagSpec`]), so that unknown flags, missing values and wrong values give pflag's
//! own texts. Start with [`Args::parse`].

pub mod flags;

use flags::GLOBAL;
use std::collections::BTreeMap;
use std::time::Duration;

/// What kind of value a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagKind {
    /// `--watch`, `--watch=false`.
    Bool,
    /// Any text.
    Text,
    /// Text that may be left out: `--dry-run` means `--dry-run=<this>`.
    TextOr(&'static str),
    /// A whole number.
    Int,
    /// `10s`, `1m30s`.
    Duration,
    /// Texts separated by commas, and the flag may be repeated.
    List,
    /// The flag may be repeated; commas mean nothing.
    Repeated,
}

/// One flag of a command.
#[derive(Clone, Copy, Debug)]
pub struct FlagSpec {
    /// Its long name.
    pub name: &'static str,
    /// Its letter.
    pub short: Option<char>,
    /// What it takes.
    pub kind: FlagKind,
    /// What pflag says after `Flag --name has been deprecated, `.
    pub deprecated: Option<&'static str>,
}

/// A parsed command line.
#[derive(Clone, Debug, Default)]
pub struct Args {
    values: BTreeMap<&'static str, Vec<String>>,
    /// What is left beside flags.
    pub positional: Vec<String>,
    /// How many of `positional` stand before `--`, if there was one.
    pub dash_at: Option<usize>,
    /// Warnings about deprecated flags, one line each.
    pub warnings: Vec<String>,
    /// `--help` or `-h` was given.
    pub help: bool,
    /// Flags as they were set, in order, for `--record`.
    pub set_in_order: Vec<(&'static str, String)>,
}

impl Args {
    /// Parses what follows the command's name. `tables` are the command's own flags; the global ones are always known.
    /// The error is pflag's text.
    pub fn parse(words: &[String], tables: &[&'static [FlagSpec]]) -> Result<Args, String> {
        let mut args = Args::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                args.dash_at = Some(args.positional.len());
                args.positional.extend(words.cloned());
                break;
            }
            if let Some(long) = word.strip_prefix("--") {
                args.long(word, long, &mut words, tables)?;
            } else if word.len() > 1 && word.starts_with('-') {
                args.shorts(&word[1..], &mut words, tables)?;
            } else {
                args.positional.push(word.clone());
            }
            if args.help {
                break;
            }
        }
        Ok(args)
    }

    fn long<'w>(
        &mut self,
        word: &str,
        long: &str,
        words: &mut impl Iterator<Item = &'w String>,
        tables: &[&'static [FlagSpec]],
    ) -> Result<(), String> {
        if long.starts_with(['-', '=']) {
            return Err(format!("bad flag syntax: {word}"));
        }
        let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
        let Some(flag) = find(tables, |flag| flag.name == name) else {
            self.help = name == "help";
            return if self.help { Ok(()) } else { Err(format!("unknown flag: --{name}")) };
        };
        let value = match value.map(str::to_owned).or_else(|| implied_value(flag.kind)) {
            Some(value) => value,
            None => words.next().cloned().ok_or_else(|| format!("flag needs an argument: --{name}"))?,
        };
        self.set(flag, value)
    }

    fn shorts<'w>(
        &mut self,
        letters: &str,
        words: &mut impl Iterator<Item = &'w String>,
        tables: &[&'static [FlagSpec]],
    ) -> Result<(), String> {
        let mut rest = letters;
        while let Some(letter) = rest.chars().next() {
            let after = &rest[letter.len_utf8()..];
            let Some(flag) = find(tables, |flag| flag.short == Some(letter)) else {
                self.help = letter == 'h';
                return if self.help { Ok(()) } else { Err(format!("unknown shorthand flag: '{letter}' in -{rest}")) };
            };
            if let Some(value) = after.strip_prefix('=').filter(|value| !value.is_empty()) {
                return self.set(flag, value.to_owned());
            }
            if let Some(value) = implied_value(flag.kind) {
                self.set(flag, value)?;
                rest = after;
                continue;
            }
            let value = match after {
                "" => words.next().cloned().ok_or_else(|| format!("flag needs an argument: '{letter}' in -{rest}"))?,
                after => after.to_owned(),
            };
            return self.set(flag, value);
        }
        Ok(())
    }

    fn set(&mut self, flag: &'static FlagSpec, value: String) -> Result<(), String> {
        let invalid = |cause: String| {
            let name = flag.short.map_or(format!("--{}", flag.name), |short| format!("-{short}, --{}", flag.name));
            format!("invalid argument {} for {} flag: {cause}", quote(&value), quote(&name))
        };
        match flag.kind {
            FlagKind::Bool if parse_bool(&value).is_none() => {
                return Err(invalid(format!("strconv.ParseBool: parsing {}: invalid syntax", quote(&value))));
            }
            FlagKind::Int if value.parse::<i64>().is_err() => {
                return Err(invalid(format!("strconv.ParseInt: parsing {}: invalid syntax", quote(&value))));
            }
            FlagKind::Duration => drop(super::durations::parse(&value).map_err(invalid)?),
            _ => {}
        }
        if let Some(reason) = flag.deprecated {
            self.warnings.push(format!("Flag --{} has been deprecated, {reason}", flag.name));
        }
        self.set_in_order.push((flag.name, value.clone()));
        let values = self.values.entry(flag.name).or_default();
        match flag.kind {
            FlagKind::List => values.extend(value.split(',').filter(|_| !value.is_empty()).map(str::to_owned)),
            FlagKind::Repeated => values.push(value),
            _ => *values = vec![value],
        }
        Ok(())
    }

    /// Whether the flag was given.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The text of a flag, if it was given.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).and_then(|values| values.last()).map(String::as_str)
    }

    /// Takes the text of a flag away, so that nothing else reads it.
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.values.remove(name).and_then(|mut values| values.pop())
    }

    /// All values of a list or repeated flag.
    pub fn list(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// A switch; off unless it was given.
    pub fn on(&self, name: &str) -> bool {
        self.switch(name, false)
    }

    /// A switch with its default.
    pub fn switch(&self, name: &str, default: bool) -> bool {
        self.text(name).and_then(parse_bool).unwrap_or(default)
    }

    /// A number, if it was given.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    /// A span of time, if it was given: its sign (true when negative) and its length.
    pub fn duration(&self, name: &str) -> Option<(bool, Duration)> {
        self.text(name).and_then(|text| super::durations::parse(text).ok())
    }
}

/// Where the words of the command stand in a line, and what remains for its flags: cobra takes the first words that are
/// no flags, and knows which global flags take the next word as a value.
///
/// Models `cobra/command.go` Find, stripFlags and argsMinusFirstX.
pub fn command_words(words: &[String]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut i = 0;
    while let Some(word) = words.get(i) {
        if word == "--" {
            break;
        }
        let takes_next = if let Some(long) = word.strip_prefix("--") {
            let known = GLOBAL.iter().find(|flag| flag.name == long);
            !long.contains('=') && known.is_none_or(|flag| implied_value(flag.kind).is_none())
        } else if let Some(short) = word.strip_prefix('-').filter(|short| !short.is_empty()) {
            let known = GLOBAL.iter().find(|flag| flag.short.is_some_and(|c| short.starts_with(c)));
            short.chars().count() == 1 && known.is_none_or(|flag| implied_value(flag.kind).is_none())
        } else {
            found.push(i);
            false
        };
        i += 1 + usize::from(takes_next);
    }
    found
}

fn find(tables: &[&'static [FlagSpec]], matches: impl Fn(&FlagSpec) -> bool) -> Option<&'static FlagSpec> {
    tables.iter().copied().chain([GLOBAL]).flatten().find(|flag| matches(flag))
}

/// What a flag means when it stands without a value; `None` when it needs one.
fn implied_value(kind: FlagKind) -> Option<String> {
    match kind {
        FlagKind::Bool => Some("true".to_owned()),
        FlagKind::TextOr(value) => Some(value.to_owned()),
        _ => None,
    }
}

/// Go's `strconv.ParseBool`.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

fn quote(text: &str) -> String {
    crate::base::text::go_quote(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    fn shown(line: &str) -> String {
        match Args::parse(&words(line), &[flags::GET, flags::FILES, flags::RECORD, flags::DRY_RUN]) {
            Err(error) => error,
            Ok(args) => format!("{:?} {:?} {:?}", args.values, args.positional, args.dash_at),
        }
    }

    #[test]
    fn flags_are_read_as_pflag_reads_them() {
        let table = [
            ("pods -n a", r#"{"namespace": ["a"]} ["pods"] None"#),
            ("-na pods", r#"{"namespace": ["a"]} ["pods"] None"#),
            ("--namespace=a pods", r#"{"namespace": ["a"]} ["pods"] None"#),
            ("--ns=a pods", "unknown flag: --ns"),
            ("-owide pods", r#"{"output": ["wide"]} ["pods"] None"#),
            ("-o=wide pods", r#"{"output": ["wide"]} ["pods"] None"#),
            ("-Aw pods", r#"{"all-namespaces": ["true"], "watch": ["true"]} ["pods"] None"#),
            ("-Awo yaml pods", r#"{"all-namespaces": ["true"], "output": ["yaml"], "watch": ["true"]} ["pods"] None"#),
            ("-f a,b -f c", r#"{"filename": ["a", "b", "c"]} [] None"#),
            ("x --dry-run y", r#"{"dry-run": ["unchanged"]} ["x", "y"] None"#),
            ("x --watch=false y -- -n b", r#"{"watch": ["false"]} ["x", "y", "-n", "b"] Some(2)"#),
            ("-", r#"{} ["-"] None"#),
            ("pods --frob", "unknown flag: --frob"),
            ("pods -wxy", "unknown shorthand flag: 'x' in -xy"),
            ("pods -n", "flag needs an argument: 'n' in -n"),
            ("pods --namespace", "flag needs an argument: --namespace"),
            ("pods --=x", "bad flag syntax: --=x"),
            (
                "--watch=x",
                r#"invalid argument "x" for "-w, --watch" flag: strconv.ParseBool: parsing "x": invalid syntax"#,
            ),
            (
                "--chunk-size=x",
                r#"invalid argument "x" for "--chunk-size" flag: strconv.ParseInt: parsing "x": invalid syntax"#,
            ),
        ];
        for (line, expected) in table {
            assert_eq!(shown(line), expected, "{line}");
        }
        let record = Args::parse(&words("--record"), &[flags::RECORD]).unwrap();
        assert_eq!(record.warnings, ["Flag --record has been deprecated, --record will be removed in the future"]);
    }

    #[test]
    fn the_command_may_stand_after_global_flags() {
        let table = [
            ("get pods", vec![0, 1]),
            ("-n a get pods", vec![2, 3]),
            ("-na get", vec![1]),
            ("--namespace=a get", vec![1]),
            ("--namespace a get", vec![2]),
            ("--warnings-as-errors get", vec![1]),
            ("get -- x", vec![0]),
        ];
        for (line, expected) in table {
            assert_eq!(command_words(&words(line)), expected, "{line}");
        }
    }
}
