//! A typed line, cut into the commands it asks for: the part of a shell's grammar that learners use.
//!
//! Quotes, escapes, `#` comments, variables, `|`, `&&`, `||`, `;`, line ends and here-documents are understood. What a
//! shell would do beyond that (redirection, substitution, background jobs) is refused by name, never ignored.

use crate::base::msg::Msg;
use crate::msg;
use std::collections::BTreeMap;

/// One command of a pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The command and its arguments, unquoted.
    pub words: Vec<String>,
    /// The text of its here-document, if it has one.
    pub here: Option<String>,
}

/// When a pipeline is to be run, seen from the exit code of the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// After `;` or a line end.
    Always,
    /// After `&&`.
    IfOk,
    /// After `||`.
    IfFailed,
}

/// Commands joined by `|`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// Whether it runs at all.
    pub when: When,
    /// Its commands, in order; never empty.
    pub commands: Vec<Words>,
}

/// Why a line is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LexError {
    /// The line ends inside a quote or here-document that this text opened; a console may ask for more lines.
    Unfinished(String),
    /// An operator stands where a command should.
    Unexpected(String),
    /// The playground's shell does not do this.
    Refused(Refused),
}

/// What the shell of the playground leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// `>`, `>>`, `<`, `2>`.
    Redirection,
    /// `$(…)` and backquotes.
    Substitution,
    /// A single `&`.
    Background,
}

impl Refused {
    /// The refusal in the reader's language.
    pub fn msg(self) -> Msg {
        match self {
            Refused::Redirection => msg!("console.no-redirection"),
            Refused::Substitution => msg!("console.no-substitution"),
            Refused::Background => msg!("console.no-background"),
        }
    }
}

/// Cuts `text` into pipelines; `variables` are what `$NAME` stands for (unset ones are empty, as in a shell).
pub fn lex(text: &str, variables: &BTreeMap<String, String>) -> Result<Vec<Pipeline>, LexError> {
    let mut lexer = Lexer { chars: text.chars().collect(), at: 0, variables, here: Vec::new() };
    lexer.script()
}

struct Lexer<'a> {
    chars: Vec<char>,
    at: usize,
    variables: &'a BTreeMap<String, String>,
    /// Here-documents whose text begins at the next line.
    here: Vec<HereDocument>,
}

struct HereDocument {
    pipeline: usize,
    command: usize,
    end: String,
    strip_tabs: bool,
}

enum Token {
    Word(String),
    Pipe,
    Then(When),
    LineEnd,
    Here { end: String, strip_tabs: bool },
    End,
}

impl Lexer<'_> {
    fn script(&mut self) -> Result<Vec<Pipeline>, LexError> {
        let mut pipelines: Vec<Pipeline> = Vec::new();
        let mut commands: Vec<Words> = vec![Words::default()];
        let mut when = When::Always;
        loop {
            let token = self.token()?;
            if let Token::Word(word) = token {
                if let Some(command) = commands.last_mut() {
                    command.words.push(word);
                }
                continue;
            }
            if let Token::Here { end, strip_tabs } = token {
                let command = commands.len().saturating_sub(1);
                self.here.push(HereDocument { pipeline: pipelines.len(), command, end, strip_tabs });
                continue;
            }
            let empty = commands.last().is_none_or(|command| command.words.is_empty());
            match &token {
                Token::Pipe if empty => return Err(LexError::Unexpected("|".to_owned())),
                Token::Pipe => {
                    commands.push(Words::default());
                    continue;
                }
                Token::Then(When::IfOk) if empty => return Err(LexError::Unexpected("&&".to_owned())),
                Token::Then(When::IfFailed) if empty => return Err(LexError::Unexpected("||".to_owned())),
                // A line may end after an operator: the command goes on in the next line.
                Token::LineEnd if empty && (commands.len() > 1 || when != When::Always) => continue,
                Token::End if empty && (commands.len() > 1 || when != When::Always) => {
                    return Err(LexError::Unfinished("|".to_owned()));
                }
                _ => {}
            }
            if !empty {
                pipelines.push(Pipeline { when, commands: std::mem::replace(&mut commands, vec![Words::default()]) });
            }
            when = When::Always;
            match token {
                Token::Then(next) => when = next,
                Token::LineEnd => self.read_here_documents(&mut pipelines)?,
                Token::End => {
                    if let Some(open) = self.here.first() {
                        return Err(LexError::Unfinished(format!("<<{}", open.end)));
                    }
                    return Ok(pipelines);
                }
                _ => {}
            }
        }
    }

    fn read_here_documents(&mut self, pipelines: &mut [Pipeline]) -> Result<(), LexError> {
        for wanted in std::mem::take(&mut self.here) {
            let mut text = String::new();
            loop {
                if self.at >= self.chars.len() {
                    return Err(LexError::Unfinished(format!("<<{}", wanted.end)));
                }
                let rest = &self.chars[self.at..];
                let length = rest.iter().position(|c| *c == '\n').unwrap_or(rest.len());
                let line: String = rest[..length].iter().collect();
                self.at += (length + 1).min(rest.len());
                let line = if wanted.strip_tabs { line.trim_start_matches('\t') } else { &line };
                if line == wanted.end {
                    break;
                }
                text.push_str(line);
                text.push('\n');
            }
            if let Some(command) = pipelines.get_mut(wanted.pipeline).and_then(|p| p.commands.get_mut(wanted.command)) {
                command.here = Some(text);
            }
        }
        Ok(())
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn token(&mut self) -> Result<Token, LexError> {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r') => self.at += 1,
                Some('\\') if self.chars.get(self.at + 1) == Some(&'\n') => self.at += 2,
                Some('#') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                _ => break,
            }
        }
        let Some(first) = self.peek() else { return Ok(Token::End) };
        match first {
            '\n' => {
                self.at += 1;
                Ok(Token::LineEnd)
            }
            ';' => {
                self.at += 1;
                Ok(Token::Then(When::Always))
            }
            '|' => {
                self.at += 1;
                Ok(if self.eat('|') { Token::Then(When::IfFailed) } else { Token::Pipe })
            }
            '&' => {
                self.at += 1;
                if self.eat('&') { Ok(Token::Then(When::IfOk)) } else { Err(LexError::Refused(Refused::Background)) }
            }
            '<' if self.chars.get(self.at + 1) == Some(&'<') => {
                self.at += 2;
                let strip_tabs = self.eat('-');
                while matches!(self.peek(), Some(' ' | '\t')) {
                    self.at += 1;
                }
                Ok(Token::Here { end: self.word()?, strip_tabs })
            }
            '<' | '>' => Err(LexError::Refused(Refused::Redirection)),
            _ => self.word().map(Token::Word),
        }
    }

    fn word(&mut self) -> Result<String, LexError> {
        let mut word = String::new();
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' => break,
                '<' | '>' => return Err(LexError::Refused(Refused::Redirection)),
                '`' => return Err(LexError::Refused(Refused::Substitution)),
                '\'' => self.single_quoted(&mut word)?,
                '"' => self.double_quoted(&mut word)?,
                '$' => self.variable(&mut word)?,
                '\\' => {
                    self.at += 1;
                    match self.peek() {
                        Some('\n') => self.at += 1,
                        Some(escaped) => {
                            word.push(escaped);
                            self.at += 1;
                        }
                        None => return Err(LexError::Unfinished("\\".to_owned())),
                    }
                }
                c => {
                    word.push(c);
                    self.at += 1;
                }
            }
        }
        Ok(word)
    }

    fn single_quoted(&mut self, word: &mut String) -> Result<(), LexError> {
        self.at += 1;
        while let Some(c) = self.peek() {
            self.at += 1;
            if c == '\'' {
                return Ok(());
            }
            word.push(c);
        }
        Err(LexError::Unfinished("'".to_owned()))
    }

    fn double_quoted(&mut self, word: &mut String) -> Result<(), LexError> {
        self.at += 1;
        while let Some(c) = self.peek() {
            match c {
                '"' => {
                    self.at += 1;
                    return Ok(());
                }
                '`' => return Err(LexError::Refused(Refused::Substitution)),
                '$' => self.variable(word)?,
                '\\' => {
                    self.at += 1;
                    match self.peek() {
                        Some(escaped @ ('"' | '\\' | '$' | '`')) => word.push(escaped),
                        Some('\n') => {}
                        Some(other) => word.extend(['\\', other]),
                        None => break,
                    }
                    self.at += 1;
                }
                c => {
                    word.push(c);
                    self.at += 1;
                }
            }
        }
        Err(LexError::Unfinished("\"".to_owned()))
    }

    fn variable(&mut self, word: &mut String) -> Result<(), LexError> {
        self.at += 1;
        let braced = match self.peek() {
            Some('(') => return Err(LexError::Refused(Refused::Substitution)),
            Some('{') => {
                self.at += 1;
                true
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => false,
            _ => {
                word.push('$');
                return Ok(());
            }
        };
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(c);
            self.at += 1;
        }
        if braced && !self.eat('}') {
            return Err(LexError::Unexpected(format!("${{{name}")));
        }
        word.push_str(self.variables.get(&name).map_or("", String::as_str));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let variables = BTreeMap::from([("POD".to_owned(), "web-1".to_owned())]);
        match lex(text, &variables) {
            Err(error) => format!("{error:?}"),
            Ok(pipelines) => pipelines
                .iter()
                .map(|pipeline| {
                    let commands: Vec<String> = pipeline
                        .commands
                        .iter()
                        .map(|c| {
                            format!("{:?}{}", c.words, c.here.as_ref().map_or(String::new(), |h| format!(" << {h:?}")))
                        })
                        .collect();
                    format!("{:?} {}", pipeline.when, commands.join(" | "))
                })
                .collect::<Vec<_>>()
                .join("\n"),
        }
    }

    #[test]
    fn lines_become_commands() {
        let table = [
            ("", ""),
            ("# nothing", ""),
            ("kubectl get pods", r#"Always ["kubectl", "get", "pods"]"#),
            (r#"a 'b "c' "d 'e" f\ g"#, r#"Always ["a", "b \"c", "d 'e", "f g"]"#),
            (r#"x -o jsonpath='{.a}{"\n"}'"#, r#"Always ["x", "-o", "jsonpath={.a}{\"\\n\"}"]"#),
            (r#"x "{\"a\":1}" "\n""#, r#"Always ["x", "{\"a\":1}", "\\n"]"#),
            ("echo $POD ${POD}x $NONE. $", r#"Always ["echo", "web-1", "web-1x", ".", "$"]"#),
            ("a | b && c || d; e", "Always [\"a\"] | [\"b\"]\nIfOk [\"c\"]\nIfFailed [\"d\"]\nAlways [\"e\"]"),
            ("a \\\n  b\nc", "Always [\"a\", \"b\"]\nAlways [\"c\"]"),
            ("a -f - <<EOF\nx: 1\n y\nEOF\nb", "Always [\"a\", \"-f\", \"-\"] << \"x: 1\\n y\\n\"\nAlways [\"b\"]"),
            ("a &&\nb", "Always [\"a\"]\nIfOk [\"b\"]"),
            ("a '' b#c", r#"Always ["a", "", "b#c"]"#),
            ("a 'b", r#"Unfinished("'")"#),
            ("a <<EOF\nx", r#"Unfinished("<<EOF")"#),
            ("a |", r#"Unfinished("|")"#),
            ("| a", r#"Unexpected("|")"#),
            ("a > b", "Refused(Redirection)"),
            ("a 2>/dev/null", "Refused(Redirection)"),
            ("a $(b)", "Refused(Substitution)"),
            ("a &", "Refused(Background)"),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
