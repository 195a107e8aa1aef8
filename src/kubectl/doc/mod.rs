//! Console documents: Markdown files that carry files and recorded sessions.
//!
//! ````markdown
//! # A title
//!
//! ```yaml pod.yaml
//! apiVersion: v1
//! ```
//!
//! ```console
//! $ kubectl apply -f pod.yaml
//! pod/web created
//! ```
//! ````
//!
//! [`ConsoleDoc::parse`] reads one; [`compare`] judges what a session printed against what the document says.

pub mod compare;

use crate::shell::parse::SyntaxError;
use std::collections::BTreeMap;

/// A console document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsoleDoc {
    /// The first heading.
    pub title: String,
    /// `key: value` lines between two `---` at the top.
    pub front_matter: BTreeMap<String, String>,
    /// The named blocks: file name to text.
    pub files: BTreeMap<String, String>,
    /// The commands of its `console` blocks, in order.
    pub steps: Vec<Step>,
}

/// One command of a session and what it printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its line in the document, counted from 1.
    pub line: usize,
    /// The command, with its continuation lines and here-documents.
    pub command: String,
    /// What was printed, standard output and standard error together; empty or ending with a line end.
    pub output: String,
}

/// Why a document cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocError {
    /// A block that is opened at this line is never closed.
    Unclosed(usize),
    /// Output before the first `$ command`, at this line.
    NoCommand(usize),
    /// A second file of one name, at this line.
    SecondFile(usize, String),
}

impl std::fmt::Display for DocError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DocError::Unclosed(line) => write!(f, "line {line}: this block has no end"),
            DocError::NoCommand(line) => write!(f, "line {line}: output without a command"),
            DocError::SecondFile(line, name) => write!(f, "line {line}: a second file {name}"),
        }
    }
}

impl ConsoleDoc {
    /// Reads a document.
    pub fn parse(text: &str) -> Result<ConsoleDoc, DocError> {
        let mut doc = ConsoleDoc::default();
        let lines: Vec<&str> = text.lines().collect();
        let mut at = doc.read_front_matter(&lines);
        while let Some(line) = lines.get(at) {
            if let Some(title) = line.strip_prefix("# ").filter(|_| doc.title.is_empty()) {
                doc.title = title.trim().to_owned();
            }
            let ticks = line.chars().take_while(|c| *c == '`').count();
            if ticks < 3 {
                at += 1;
                continue;
            }
            let fence = &line[..ticks];
            let length = lines[at + 1..].iter().position(|line| line.trim_end() == fence);
            let length = length.ok_or(DocError::Unclosed(at + 1))?;
            let body = &lines[at + 1..at + 1 + length];
            match line[ticks..].trim().split_once(char::is_whitespace) {
                None if line[ticks..].trim() == "console" => doc.read_session(body, at + 2)?,
                None => {}
                Some((_, name)) => {
                    let text: String = body.iter().flat_map(|line| [line, "\n"]).collect();
                    if doc.files.insert(name.trim().to_owned(), text).is_some() {
                        return Err(DocError::SecondFile(at + 1, name.trim().to_owned()));
                    }
                }
            }
            at += length + 2;
        }
        Ok(doc)
    }

    /// Returns the index of the first line after the front matter.
    /// The document's text with other answers in place of those that it has, one per step.
    pub fn filled(&self, source: &str, answers: &[&str]) -> String {
        let lines: Vec<&str> = source.lines().collect();
        let mut text = String::with_capacity(source.len());
        let mut steps = self.steps.iter().zip(answers).peekable();
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            let Some((step, answer)) = steps.next_if(|(step, _)| step.line == at + 1) else {
                text.push_str(line);
                text.push('\n');
                at += 1;
                continue;
            };
            let asked = step.command.lines().count().max(1);
            for line in lines.iter().skip(at).take(asked) {
                text.push_str(line);
                text.push('\n');
            }
            text.push_str(answer);
            if !answer.is_empty() && !answer.ends_with('\n') {
                text.push('\n');
            }
            at += asked;
            // The old answer goes up to the next command or the end of the block.
            let next = steps.peek().map_or(usize::MAX, |(step, _)| step.line - 1);
            while at < next && lines.get(at).is_some_and(|line| !line.starts_with("```")) {
                at += 1;
            }
        }
        text
    }

    fn read_front_matter(&mut self, lines: &[&str]) -> usize {
        if lines.first() != Some(&"---") {
            return 0;
        }
        let Some(length) = lines[1..].iter().position(|line| *line == "---") else { return 0 };
        for (key, value) in lines[1..=length].iter().filter_map(|line| line.split_once(':')) {
            self.front_matter.insert(key.trim().to_owned(), value.trim().to_owned());
        }
        length + 2
    }

    fn read_session(&mut self, body: &[&str], first_line: usize) -> Result<(), DocError> {
        let mut lines = body.iter().enumerate().peekable();
        let mut any = false;
        while let Some((i, line)) = lines.next() {
            let Some(command) = line.strip_prefix("$ ") else {
                let step = self.steps.last_mut().filter(|_| any).ok_or(DocError::NoCommand(first_line + i))?;
                step.output.push_str(line);
                step.output.push('\n');
                continue;
            };
            any = true;
            let mut command = command.to_owned();
            // A line that ends in a backslash goes on; a here-document reaches to its end word.
            while command.ends_with('\\') {
                let Some((_, next)) = lines.next() else { break };
                command.push('\n');
                command.push_str(next);
            }
            if let Some(end) = here_end(&command) {
                for (_, next) in lines.by_ref() {
                    command.push('\n');
                    command.push_str(next);
                    if next.trim_start_matches('\t') == end {
                        break;
                    }
                }
            }
            self.steps.push(Step { line: first_line + i, command, output: String::new() });
        }
        Ok(())
    }
}

/// The word that ends the here-document of a command, if it opens one.
fn here_end(command: &str) -> Option<String> {
    match crate::shell::parse::parse(command) {
        Err(SyntaxError::Unfinished(open)) => open.strip_prefix("<<").map(str::to_owned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_files_and_steps() {
        let text = "---\nnodes: 3\n---\n# Title\n\nText `x`.\n\n```yaml a.yaml\nkind: Pod\n```\n\n```sh\nnot read\n```\n\n\
                    ```console\n$ kubectl apply -f a.yaml\npod/a created\n$ kubectl get pods \\\n  -A\n\nx\n\
                    $ kubectl apply -f - <<EOF\n$ not a command\nEOF\nok\n```\n";
        let doc = ConsoleDoc::parse(text).unwrap();
        assert_eq!((doc.title.as_str(), doc.files["a.yaml"].as_str()), ("Title", "kind: Pod\n"));
        assert_eq!(doc.front_matter["nodes"], "3");
        let steps: Vec<(usize, &str, &str)> =
            doc.steps.iter().map(|s| (s.line, s.command.as_str(), s.output.as_str())).collect();
        assert_eq!(
            steps,
            [
                (17, "kubectl apply -f a.yaml", "pod/a created\n"),
                (19, "kubectl get pods \\\n  -A", "\nx\n"),
                (23, "kubectl apply -f - <<EOF\n$ not a command\nEOF", "ok\n"),
            ]
        );
        assert_eq!(ConsoleDoc::parse("```console\nx\n```"), Err(DocError::NoCommand(2)));
        assert_eq!(ConsoleDoc::parse("```console\n"), Err(DocError::Unclosed(1)));
    }
}
