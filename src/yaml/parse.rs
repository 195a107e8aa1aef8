//! Tokens to events: the grammar of YAML 1.1 with go-yaml's errors.
//!
//! Models go-yaml v2 `parserc.go`: a machine of states with its own stack, so that depth costs no stack of ours.

mod flow;

use super::chunks::Chunk;
use super::error::Stage;
use super::pos::Pos;
use super::scan::{Mark, Scanner, Step, Token, TokenKind};

/// What the text says, in order.
pub(super) enum EventKind {
    StreamStart,
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias(String),
    Scalar { text: String, plain: bool, properties: Properties },
    SequenceStart { flow: bool, properties: Properties },
    SequenceEnd,
    MappingStart { flow: bool, properties: Properties },
    MappingEnd,
}

/// An event and where it stands in the whole text.
pub(super) struct Event {
    pub kind: EventKind,
    pub start: Pos,
    pub end: Pos,
}

/// What precedes a node.
#[derive(Default)]
pub(super) struct Properties {
    pub anchor: Option<String>,
    /// The whole tag; empty for none.
    pub tag: String,
}

#[derive(Clone, Copy)]
enum State {
    StreamStart,
    ImplicitDocumentStart,
    DocumentStart,
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequenceEntry,
    IndentlessSequenceEntry,
    BlockMappingKey,
    BlockMappingValue,
    FlowSequenceEntry { first: bool },
    FlowPairKey,
    FlowPairValue,
    FlowPairEnd,
    FlowMappingKey { first: bool },
    FlowMappingValue { empty: bool },
    End,
}

/// Reads the events of a document.
pub(super) struct Parser<'t> {
    scanner: Scanner<'t>,
    state: State,
    states: Vec<State>,
    /// Where the open collections started.
    marks: Vec<Mark>,
    tag_directives: Vec<(String, String)>,
}

impl<'t> Parser<'t> {
    pub fn new(chunk: Chunk<'t>) -> Parser<'t> {
        Parser {
            scanner: Scanner::new(chunk),
            state: State::StreamStart,
            states: Vec::new(),
            marks: Vec::new(),
            tag_directives: Vec::new(),
        }
    }

    /// The next event. Behind the end of the stream stands its end again.
    pub fn next(&mut self) -> Step<Event> {
        match self.state {
            State::StreamStart => {
                self.state = State::ImplicitDocumentStart;
                self.take(EventKind::StreamStart)
            }
            State::ImplicitDocumentStart => self.document_start(true),
            State::DocumentStart => self.document_start(false),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(true, false),
            State::BlockSequenceEntry => self.block_sequence_entry(),
            State::IndentlessSequenceEntry => self.indentless_sequence_entry(),
            State::BlockMappingKey => self.block_mapping_key(),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequenceEntry { first } => self.flow_sequence_entry(first),
            State::FlowPairKey => self.flow_pair_key(),
            State::FlowPairValue => self.flow_pair_value(),
            State::FlowPairEnd => {
                self.state = State::FlowSequenceEntry { first: false };
                let mark = self.scanner.peek()?.start;
                Ok(self.event(EventKind::MappingEnd, mark, mark))
            }
            State::FlowMappingKey { first } => self.flow_mapping_key(first),
            State::FlowMappingValue { empty } => self.flow_mapping_value(empty),
            State::End => Ok(self.event(EventKind::StreamEnd, Mark::default(), Mark::default())),
        }
    }

    fn event(&self, kind: EventKind, start: Mark, end: Mark) -> Event {
        Event { kind, start: self.scanner.pos(start), end: self.scanner.pos(end) }
    }

    /// The event of the next token, which is consumed.
    fn take(&mut self, kind: EventKind) -> Step<Event> {
        let Token { start, end, .. } = *self.scanner.peek()?;
        self.scanner.take();
        Ok(self.event(kind, start, end))
    }

    /// A value that is not written.
    fn empty(&mut self, at: Mark) -> Step<Event> {
        let kind = EventKind::Scalar { text: String::new(), plain: true, properties: Properties::default() };
        Ok(self.event(kind, at, at))
    }

    fn pop(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    fn refuse<T>(&self, problem: &str, at: Mark, context: Option<Mark>) -> Step<T> {
        Err(self.scanner.fault(Stage::Parser, problem, at, context))
    }

    fn document_start(&mut self, implicit: bool) -> Step<Event> {
        while !implicit && self.scanner.peek()?.kind == TokenKind::DocumentEnd {
            self.scanner.take();
        }
        let token = self.scanner.peek()?;
        let start = token.start;
        match token.kind {
            TokenKind::StreamEnd => {
                self.state = State::End;
                return self.take(EventKind::StreamEnd);
            }
            TokenKind::Version(..) | TokenKind::TagDirective(..) | TokenKind::DocumentStart => {}
            _ if implicit => {
                self.directives()?;
                self.states.push(State::DocumentEnd);
                self.state = State::BlockNode;
                return Ok(self.event(EventKind::DocumentStart, start, start));
            }
            _ => {}
        }
        self.directives()?;
        let token = self.scanner.peek()?;
        let Token { start: at, end, .. } = *token;
        if token.kind != TokenKind::DocumentStart {
            return self.refuse("did not find expected <document start>", at, None);
        }
        self.scanner.take();
        self.states.push(State::DocumentEnd);
        self.state = State::DocumentContent;
        Ok(self.event(EventKind::DocumentStart, start, end))
    }

    fn document_content(&mut self) -> Step<Event> {
        let token = self.scanner.peek()?;
        let start = token.start;
        match token.kind {
            TokenKind::Version(..)
            | TokenKind::TagDirective(..)
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                self.pop();
                self.empty(start)
            }
            _ => self.node(true, false),
        }
    }

    fn document_end(&mut self) -> Step<Event> {
        let token = self.scanner.peek()?;
        let start = token.start;
        let explicit = token.kind == TokenKind::DocumentEnd;
        self.tag_directives.clear();
        self.state = State::DocumentStart;
        if explicit { self.take(EventKind::DocumentEnd) } else { Ok(self.event(EventKind::DocumentEnd, start, start)) }
    }

    fn directives(&mut self) -> Step {
        let mut version = false;
        loop {
            let token = self.scanner.peek()?;
            let at = token.start;
            match &mut token.kind {
                TokenKind::Version(..) if version => return self.refuse("found duplicate %YAML directive", at, None),
                TokenKind::Version(1, 1) => version = true,
                TokenKind::Version(..) => return self.refuse("found incompatible YAML document", at, None),
                TokenKind::TagDirective(handle, prefix) => {
                    let directive = (std::mem::take(handle), std::mem::take(prefix));
                    if self.tag_directives.iter().any(|(handle, _)| *handle == directive.0) {
                        return self.refuse("found duplicate %TAG directive", at, None);
                    }
                    self.tag_directives.push(directive);
                }
                _ => break,
            }
            self.scanner.take();
        }
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            if self.tag_directives.iter().all(|(known, _)| known != handle) {
                self.tag_directives.push((handle.to_owned(), prefix.to_owned()));
            }
        }
        Ok(())
    }

    /// Anchor and tag, in either order.
    fn properties(&mut self, start: Mark, end: &mut Mark) -> Step<Properties> {
        let mut properties = Properties::default();
        let mut tag = None;
        loop {
            let token = self.scanner.peek()?;
            match &mut token.kind {
                TokenKind::Anchor(name) if properties.anchor.is_none() => {
                    properties.anchor = Some(std::mem::take(name))
                }
                TokenKind::Tag(handle, suffix) if tag.is_none() => {
                    tag = Some((std::mem::take(handle), std::mem::take(suffix), token.start));
                }
                _ => break,
            }
            *end = token.end;
            self.scanner.take();
        }
        if let Some((handle, suffix, at)) = tag {
            if handle.is_empty() {
                properties.tag = suffix;
            } else if let Some((_, prefix)) = self.tag_directives.iter().find(|(known, _)| *known == handle) {
                properties.tag = format!("{prefix}{suffix}");
            } else {
                return self.refuse("found undefined tag handle", at, Some(start));
            }
        }
        Ok(properties)
    }

    fn node(&mut self, block: bool, indentless: bool) -> Step<Event> {
        let token = self.scanner.peek()?;
        let start = token.start;
        let mut end = token.start;
        if let TokenKind::Alias(name) = &mut token.kind {
            let name = std::mem::take(name);
            self.pop();
            return self.take(EventKind::Alias(name));
        }
        let properties = self.properties(start, &mut end)?;
        let token = self.scanner.peek()?;
        let at = token.start;
        let token_end = token.end;
        let (kind, state) = match &mut token.kind {
            TokenKind::Scalar { text, plain } => {
                let (text, plain) = (std::mem::take(text), *plain);
                let plain = (plain && properties.tag.is_empty()) || properties.tag == "!";
                self.pop();
                self.scanner.take();
                return Ok(self.event(EventKind::Scalar { text, plain, properties }, start, token_end));
            }
            TokenKind::BlockEntry if indentless => {
                (EventKind::SequenceStart { flow: false, properties }, State::IndentlessSequenceEntry)
            }
            TokenKind::FlowSequenceStart => {
                (EventKind::SequenceStart { flow: true, properties }, State::FlowSequenceEntry { first: true })
            }
            TokenKind::FlowMappingStart => {
                (EventKind::MappingStart { flow: true, properties }, State::FlowMappingKey { first: true })
            }
            TokenKind::BlockSequenceStart if block => {
                (EventKind::SequenceStart { flow: false, properties }, State::BlockSequenceEntry)
            }
            TokenKind::BlockMappingStart if block => {
                (EventKind::MappingStart { flow: false, properties }, State::BlockMappingKey)
            }
            _ if properties.anchor.is_some() || !properties.tag.is_empty() => {
                self.pop();
                let plain = properties.tag.is_empty();
                return Ok(self.event(EventKind::Scalar { text: String::new(), plain, properties }, start, end));
            }
            _ => return self.refuse("did not find expected node content", at, Some(start)),
        };
        // An indentless sequence has no token of its own.
        if !matches!(state, State::IndentlessSequenceEntry) {
            self.marks.push(at);
            self.scanner.take();
        }
        self.state = state;
        Ok(self.event(kind, start, token_end))
    }

    /// A node, and the state after it.
    fn node_then(&mut self, after: State, block: bool, indentless: bool) -> Step<Event> {
        self.states.push(after);
        self.node(block, indentless)
    }

    fn close(&mut self, kind: EventKind) -> Step<Event> {
        self.pop();
        self.marks.pop();
        self.take(kind)
    }

    /// A token that does not belong into the innermost collection.
    fn unexpected<T>(&mut self, problem: &str, at: Mark) -> Step<T> {
        let context = self.marks.pop();
        self.refuse(problem, at, context)
    }

    fn block_sequence_entry(&mut self) -> Step<Event> {
        let Token { start, end, .. } = *self.scanner.peek()?;
        match self.scanner.peek()?.kind {
            TokenKind::BlockEntry => {
                self.scanner.take();
                match self.scanner.peek()?.kind {
                    TokenKind::BlockEntry | TokenKind::BlockEnd => self.empty(end),
                    _ => self.node_then(State::BlockSequenceEntry, true, false),
                }
            }
            TokenKind::BlockEnd => self.close(EventKind::SequenceEnd),
            _ => self.unexpected("did not find expected '-' indicator", start),
        }
    }

    fn indentless_sequence_entry(&mut self) -> Step<Event> {
        let Token { start, end, .. } = *self.scanner.peek()?;
        if self.scanner.peek()?.kind != TokenKind::BlockEntry {
            self.pop();
            return Ok(self.event(EventKind::SequenceEnd, start, start));
        }
        self.scanner.take();
        match self.scanner.peek()?.kind {
            TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => self.empty(end),
            _ => self.node_then(State::IndentlessSequenceEntry, true, false),
        }
    }

    fn block_mapping_key(&mut self) -> Step<Event> {
        let Token { start, end, .. } = *self.scanner.peek()?;
        match self.scanner.peek()?.kind {
            TokenKind::Key => {
                self.scanner.take();
                self.block_mapping_node(end, State::BlockMappingValue)
            }
            TokenKind::BlockEnd => self.close(EventKind::MappingEnd),
            _ => self.unexpected("did not find expected key", start),
        }
    }

    fn block_mapping_value(&mut self) -> Step<Event> {
        let Token { start, end, .. } = *self.scanner.peek()?;
        if self.scanner.peek()?.kind != TokenKind::Value {
            self.state = State::BlockMappingKey;
            return self.empty(start);
        }
        self.scanner.take();
        self.block_mapping_node(end, State::BlockMappingKey)
    }

    /// What stands behind `?` or `:`, if anything.
    fn block_mapping_node(&mut self, behind: Mark, after: State) -> Step<Event> {
        match self.scanner.peek()?.kind {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                self.state = after;
                self.empty(behind)
            }
            _ => self.node_then(after, true, true),
        }
    }
}
