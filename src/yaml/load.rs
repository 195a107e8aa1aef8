//! kubectl's loop over the documents of a stream.

use super::chunks::{Chunk, chunks};
use super::error::{Reader, YamlError};
use super::json::{JsonError, JsonReader};
use super::pos::{Pos, Span};
use super::scan::Step;
use super::{Document, decode, tree};

/// Reads all documents of a text, in order; empty ones and `null` are left out. Positions are those of the whole text.
///
/// kubectl stops at the first error: what comes after it here is for an editor. It has by then acted on the documents
/// before it, or not, as the command has it.
///
/// Models `YAMLOrJSONDecoder` of `k8s.io/apimachinery/pkg/util/yaml/decoder.go` as `StreamVisitor` of
/// `k8s.io/cli-runtime/pkg/resource` uses it.
pub fn load(text: &str) -> Vec<Result<Document, YamlError>> {
    // Files are read without their byte order mark; it takes no column.
    let start = Pos { offset: if text.starts_with('\u{feff}') { 3 } else { 0 }, ..Pos::default() };
    let mut out = Vec::new();
    if looks_like_json(text.get(start.offset..).unwrap_or_default()) {
        load_json(text, start, &mut out);
    } else {
        load_yaml(text, start, &mut out);
    }
    out.retain(|document| document.as_ref().map_or(true, |document| !document.value.is_null()));
    out
}

/// How far kubectl looks for the `{` that makes a stream JSON.
const PEEK: usize = 4096;

fn looks_like_json(text: &str) -> bool {
    let blank = text.len() - text.trim_start().len();
    blank < PEEK && text.trim_start().starts_with('{')
}

fn load_yaml(text: &str, start: Pos, out: &mut Vec<Result<Document, YamlError>>) {
    for chunk in chunks(text.get(start.offset..).unwrap_or_default(), start) {
        match chunk.map(document) {
            Ok(Ok(document)) => out.extend(document.map(Ok)),
            Ok(Err(fault)) => out.push(Err(fault.into_error())),
            Err(error) => out.push(Err(error)),
        }
    }
}

fn document(chunk: Chunk<'_>) -> Step<Option<Document>> {
    let Some(tree) = tree::read(chunk)? else { return Ok(None) };
    let span: Option<Span> = tree.nodes.get(tree.root).map(|node| node.span);
    let decode::Decoded { value, spans, duplicates } = decode::decode(tree)?;
    Ok(Some(Document { value, spans, duplicates, span: span.unwrap_or_default() }))
}

/// Reads JSON values until one is wrong. After at most one good value the rest is tried as YAML, and when its first
/// document is wrong too, it is the JSON error that kubectl tells.
fn load_json(text: &str, start: Pos, out: &mut Vec<Result<Document, YamlError>>) {
    let mut reader = JsonReader::new(text, start);
    let mut count = 0;
    loop {
        let before = reader.pos;
        let error = match reader.next() {
            Ok(document) => {
                count += 1;
                out.push(Ok(document));
                continue;
            }
            Err(JsonError::Eof) => return,
            Err(error) => error,
        };
        let message = match error {
            JsonError::Syntax(message) if count > 1 => message,
            // Go counts the bytes it has read, the wrong one included.
            JsonError::Syntax(message) => format!("json: offset {}: {message}", reader.pos.offset - start.offset + 1),
            _ => "unexpected EOF".to_owned(),
        };
        let error = YamlError { message, at: reader.pos, reader: Reader::Json };
        if count > 1 {
            out.push(Err(error));
            return;
        }
        let at = out.len();
        load_yaml(text, after_white_space(text, before), out);
        match out.get_mut(at) {
            Some(first @ Err(_)) => *first = Err(error),
            Some(Ok(_)) => {}
            None => out.push(Err(error)),
        }
        return;
    }
}

/// Models `consumeWhitespace`: up to and with the first line break.
fn after_white_space(text: &str, mut pos: Pos) -> Pos {
    for c in text.get(pos.offset..).unwrap_or_default().chars() {
        if !c.is_whitespace() {
            break;
        }
        pos.offset += c.len_utf8();
        pos.column += 1;
        if c == '\n' {
            return Pos { offset: pos.offset, line: pos.line + 1, column: 1 };
        }
    }
    pos
}
