//! What is wrong with a text, in kubectl's words.

use std::fmt;

use super::pos::Pos;

/// Which of kubectl's readers refused the text; each is wrapped in other words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// go-yaml, or the conversion of its values to JSON.
    Yaml,
    /// Go's `encoding/json`: the text starts with `{`.
    Json,
    /// The splitter of documents: a line that starts with `---` and goes on.
    Separator,
}

/// Why a document could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    /// The reader's own words, as `yaml: line 16: did not find expected key`. The line is the reader's: counted in the
    /// document, and often one too low.
    pub message: String,
    /// Where in the whole text the trouble really is.
    pub at: Pos,
    /// Who says so.
    pub reader: Reader,
}

impl YamlError {
    /// The error as Kubernetes' decoder returns it: `error converting YAML to JSON: yaml: line 16: ...`.
    ///
    /// Models `k8s.io/apimachinery/pkg/util/yaml` and `sigs.k8s.io/yaml.Unmarshal`.
    pub fn decoder_text(&self) -> String {
        match self.reader {
            Reader::Yaml => format!("error converting YAML to JSON: {}", self.message),
            Reader::Json | Reader::Separator => self.message.clone(),
        }
    }

    /// The error as kubectl says it of a source (`STDIN` or a path as the user wrote it), without the leading `error: `.
    ///
    /// Models `StreamVisitor.Visit` of `k8s.io/cli-runtime/pkg/resource/visitor.go`.
    pub fn parsing(&self, source: &str) -> String {
        format!("error parsing {source}: {}", self.decoder_text())
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for YamlError {}

/// What the scanner, the parser or the decoder found, before it is put into words.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// Whose fault it is decides how go-yaml counts the line.
    pub stage: Stage,
    /// go-yaml's words.
    pub problem: String,
    /// Where it is, in the whole text.
    pub at: Pos,
    /// The line of `at` inside the document, from 0.
    pub line: usize,
    /// The line of what surrounds it inside the document, from 0.
    pub context_line: usize,
}

/// A stage of go-yaml.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Characters that YAML does not allow: no line is told.
    Reader,
    /// Tokens: the line is counted from 1.
    Scanner,
    /// Grammar: the line is counted from 0, so that it is one too low.
    Parser,
    /// Values: no line is told.
    Decoder,
    /// Values that JSON does not have: neither a line nor `yaml:`.
    Conversion,
}

impl Fault {
    /// A fault of values at a place.
    pub fn value(stage: Stage, problem: impl Into<String>, at: Pos) -> Box<Fault> {
        Box::new(Fault { stage, problem: problem.into(), at, line: 0, context_line: 0 })
    }

    /// Models `parser.fail` of go-yaml v2's `decode.go`: a problem on the first line borrows the line of its context, and
    /// line 0 is not told at all.
    pub fn into_error(self) -> YamlError {
        let line = match self.stage {
            Stage::Reader | Stage::Decoder | Stage::Conversion => 0,
            _ if self.line == 0 => self.context_line,
            Stage::Scanner => self.line + 1,
            Stage::Parser => self.line,
        };
        let message = match (self.stage, line) {
            (Stage::Conversion, _) => self.problem,
            (_, 0) => format!("yaml: {}", self.problem),
            (_, line) => format!("yaml: line {line}: {}", self.problem),
        };
        YamlError { message, at: self.at, reader: Reader::Yaml }
    }
}
