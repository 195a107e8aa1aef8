//! How kubectl cuts a stream into documents, before any YAML is read.

use super::error::{Reader, YamlError};
use super::pos::Pos;

/// The text of one document and where it starts in the whole text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk<'t> {
    /// The document; a separator line is in it only when it stands first.
    pub text: &'t str,
    /// Where it starts.
    pub start: Pos,
}

/// Cuts a text at lines that start with `---`.
///
/// Models `YAMLReader.Read` of `k8s.io/apimachinery/pkg/util/yaml/decoder.go`. A separator with nothing before it stays in
/// the document it opens, and so counts in the line numbers of errors. Behind `---` only a comment may follow; when
/// something else does, kubectl loses what it had gathered.
pub(super) fn chunks(text: &str, start: Pos) -> Vec<Result<Chunk<'_>, YamlError>> {
    let mut out = Vec::new();
    let mut begin: Option<Pos> = None;
    let mut at = start;
    let cut = |begin: Pos, end: Pos| Chunk {
        text: text.get(begin.offset - start.offset..end.offset - start.offset).unwrap_or_default(),
        start: begin,
    };
    for line in text.split_inclusive('\n') {
        let next = Pos { offset: at.offset + line.len(), line: at.line + 1, column: 1 };
        match line.strip_prefix("---").map(str::trim) {
            Some(rest) if !rest.is_empty() && !rest.starts_with('#') => {
                let message = format!("invalid Yaml document separator: {rest}");
                out.push(Err(YamlError { message, at, reader: Reader::Separator }));
                begin = None;
            }
            Some(_) if begin.is_some() => out.extend(begin.take().map(|begin| Ok(cut(begin, at)))),
            _ => begin = begin.or(Some(at)),
        }
        at = next;
    }
    out.extend(begin.map(|begin| Ok(cut(begin, Pos { offset: start.offset + text.len(), ..at }))));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(text: &str) -> Vec<String> {
        let show = |chunk: Result<Chunk<'_>, YamlError>| match chunk {
            Ok(chunk) => format!("{} {:?}", chunk.start.line, chunk.text),
            Err(error) => format!("{} {}", error.at.line, error.message),
        };
        chunks(text, Pos::default()).into_iter().map(show).collect()
    }

    #[test]
    fn separators() {
        assert_eq!(cuts("a: 1\n---\nb: 2\n"), [r#"1 "a: 1\n""#, r#"3 "b: 2\n""#]);
        assert_eq!(cuts("---\na: 1\n--- # c\nb: 2"), [r#"1 "---\na: 1\n""#, r#"4 "b: 2""#]);
        assert_eq!(cuts("---\n---\na: 1\n---\n"), [r#"1 "---\n""#, r#"3 "a: 1\n""#]);
        assert_eq!(cuts("a: 1\n --- x\n"), [r#"1 "a: 1\n --- x\n""#]);
        assert_eq!(cuts("a: 1\n---x\nb: 2\n"), ["2 invalid Yaml document separator: x", r#"3 "b: 2\n""#]);
        assert_eq!(cuts("a: 1\r\n---\r\nb: 2\r\n"), [r#"1 "a: 1\r\n""#, r#"3 "b: 2\r\n""#]);
        assert!(cuts("").is_empty());
    }
}
