//! Characters to tokens, as go-yaml v2 scans them.
//!
//! It is our own scanner because no event parser in Rust tells kubectl's errors: the texts, the lines and, above all, which
//! of several problems is met first follow go-yaml's order of work, which this folder models function by function. Start
//! with [`Scanner::fetch`], the dispatcher; [`simple_keys`] is the part that makes `a: b` a mapping only when the colon comes.
//!
//! Models go-yaml v2 `scannerc.go`. Work is linear in the text.

mod cursor;
mod indicators;
mod properties;
mod quoted;
mod simple_keys;
mod text;
mod token;

use std::collections::{BTreeMap, VecDeque};

use cursor::Cursor;
pub(super) use cursor::Mark;
use simple_keys::SimpleKey;
pub(super) use token::{Token, TokenKind};

use super::chunks::Chunk;
use super::error::{Fault, Stage};
use super::pos::Pos;

/// The result of reading on: nothing, or what is wrong.
pub(super) type Step<T = ()> = Result<T, Box<Fault>>;

/// How deep collections may nest, each kind: go-yaml's limit.
const MAX_DEPTH: usize = 10_000;

/// Produces the tokens of one document, on demand.
pub(super) struct Scanner<'t> {
    cursor: Cursor<'t>,
    tokens: VecDeque<Token>,
    /// Stands for a next token where there is none; fetching leaves at least one, so it never shows.
    end: Token,
    /// How many tokens have been taken.
    taken: usize,
    started: bool,
    /// The column of the innermost block collection; -1 outside.
    indent: isize,
    indents: Vec<isize>,
    flow_level: usize,
    simple_key_allowed: bool,
    /// One candidate for a key without `?` per flow level.
    simple_keys: Vec<SimpleKey>,
    /// Token number to flow level of the candidates.
    simple_keys_by_token: BTreeMap<usize, usize>,
}

impl<'t> Scanner<'t> {
    pub fn new(chunk: Chunk<'t>) -> Scanner<'t> {
        Scanner {
            cursor: Cursor::new(chunk),
            tokens: VecDeque::new(),
            end: Token { kind: TokenKind::StreamEnd, start: Mark::default(), end: Mark::default() },
            taken: 0,
            started: false,
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            simple_key_allowed: true,
            simple_keys: vec![SimpleKey::default()],
            simple_keys_by_token: BTreeMap::new(),
        }
    }

    /// The place of a mark in the whole text.
    pub fn pos(&self, mark: Mark) -> Pos {
        self.cursor.pos(mark)
    }

    /// The next token, which stays. Behind the end of the stream stands its end again.
    pub fn peek(&mut self) -> Step<&mut Token> {
        self.fetch_more()?;
        Ok(self.tokens.front_mut().unwrap_or(&mut self.end))
    }

    /// Drops the token that was peeked at.
    pub fn take(&mut self) {
        self.simple_keys_by_token.remove(&self.taken);
        self.tokens.pop_front();
        self.taken += 1;
    }

    /// A fault at a mark, with the mark of what surrounds it.
    pub fn fault(&self, stage: Stage, problem: &str, at: Mark, context: Option<Mark>) -> Box<Fault> {
        Box::new(Fault {
            stage,
            problem: problem.to_owned(),
            at: self.pos(at),
            line: at.line,
            context_line: context.map_or(0, |mark| mark.line),
        })
    }

    /// A scanner's fault at the place where it stands.
    fn refuse<T>(&self, context: Mark, problem: &str) -> Step<T> {
        Err(self.fault(Stage::Scanner, problem, self.cursor.mark, Some(context)))
    }

    fn push(&mut self, kind: TokenKind, start: Mark) {
        self.tokens.push_back(Token { kind, start, end: self.cursor.mark });
    }

    /// Fetches until the first token is sure not to be preceded by an inserted key.
    fn fetch_more(&mut self) -> Step {
        loop {
            if !self.tokens.is_empty() {
                let level = self.simple_keys_by_token.get(&self.taken).copied();
                match level {
                    Some(level) if level < self.simple_keys.len() => {
                        if !self.simple_key_is_valid(level)? {
                            return Ok(());
                        }
                    }
                    _ => return Ok(()),
                }
            }
            self.fetch()?;
        }
    }

    /// Recognises the next token by its first characters.
    fn fetch(&mut self) -> Step {
        self.cursor.need(1)?;
        if !self.started {
            self.started = true;
            self.push(TokenKind::StreamStart, self.cursor.mark);
            return Ok(());
        }
        self.skip_to_token()?;
        self.unroll_indent(self.cursor.mark.column as isize);
        self.cursor.need(4)?;
        let blank_follows = self.cursor.is_blank_break_or_end(1);
        let in_flow = self.flow_level > 0;
        match self.cursor.byte(0) {
            0 => self.fetch_stream_end(),
            b'%' if self.cursor.mark.column == 0 => self.fetch_directive(),
            b'-' if self.cursor.at_document_indicator(b'-') => self.fetch_document_indicator(TokenKind::DocumentStart),
            b'.' if self.cursor.at_document_indicator(b'.') => self.fetch_document_indicator(TokenKind::DocumentEnd),
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if blank_follows => self.fetch_block_entry(),
            b'?' if in_flow || blank_follows => self.fetch_key(),
            b':' if in_flow || blank_follows => self.fetch_value(),
            b'*' => self.fetch_anchor(true),
            b'&' => self.fetch_anchor(false),
            b'!' => self.fetch_tag(),
            b'|' if !in_flow => self.fetch_block_scalar(true),
            b'>' if !in_flow => self.fetch_block_scalar(false),
            b'\'' => self.fetch_quoted(true),
            b'"' => self.fetch_quoted(false),
            b'-' | b'?' | b':' => self.fetch_plain(),
            b'\t' | b'|' | b'>' | b'%' | b'@' | b'`' => {
                self.refuse(self.cursor.mark, "found character that cannot start any token")
            }
            _ => self.fetch_plain(),
        }
    }

    /// Passes white space, comments and line breaks. A tab is white space only where no key may start.
    fn skip_to_token(&mut self) -> Step {
        loop {
            self.cursor.need(1)?;
            let tabs = self.flow_level > 0 || !self.simple_key_allowed;
            while self.cursor.byte(0) == b' ' || (tabs && self.cursor.byte(0) == b'\t') {
                self.cursor.skip();
                self.cursor.need(1)?;
            }
            self.cursor.skip_comment()?;
            if !self.cursor.is_break(0) {
                return Ok(());
            }
            self.cursor.need(2)?;
            self.cursor.skip_line();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }
}
