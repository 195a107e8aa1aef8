//! The grammar inside brackets and braces.

use super::{Event, EventKind, Parser, Properties, State};
use crate::yaml::scan::{Step, TokenKind};

impl Parser<'_> {
    pub(super) fn flow_sequence_entry(&mut self, first: bool) -> Step<Event> {
        if self.scanner.peek()?.kind != TokenKind::FlowSequenceEnd {
            self.flow_comma(first, "did not find expected ',' or ']'")?;
            match self.scanner.peek()?.kind {
                TokenKind::Key => {
                    self.state = State::FlowPairKey;
                    return self.take(EventKind::MappingStart { flow: true, properties: Properties::default() });
                }
                TokenKind::FlowSequenceEnd => {}
                _ => return self.node_then(State::FlowSequenceEntry { first: false }, false, false),
            }
        }
        self.close(EventKind::SequenceEnd)
    }

    /// The comma before all entries but the first.
    fn flow_comma(&mut self, first: bool, problem: &str) -> Step {
        if first {
            return Ok(());
        }
        let token = self.scanner.peek()?;
        let start = token.start;
        if token.kind != TokenKind::FlowEntry {
            return self.unexpected(problem, start);
        }
        self.scanner.take();
        Ok(())
    }

    pub(super) fn flow_pair_key(&mut self) -> Step<Event> {
        let end = self.scanner.peek()?.end;
        self.state = State::FlowPairValue;
        match self.scanner.peek()?.kind {
            // go-yaml takes the token even when it is no value: `[? ]` then misses its end.
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd => {
                self.scanner.take();
                self.empty(end)
            }
            _ => self.node_then(State::FlowPairValue, false, false),
        }
    }

    pub(super) fn flow_pair_value(&mut self) -> Step<Event> {
        let start = self.scanner.peek()?.start;
        if self.scanner.peek()?.kind == TokenKind::Value {
            self.scanner.take();
            if !matches!(self.scanner.peek()?.kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
                return self.node_then(State::FlowPairEnd, false, false);
            }
        }
        self.state = State::FlowPairEnd;
        self.empty(start)
    }

    pub(super) fn flow_mapping_key(&mut self, first: bool) -> Step<Event> {
        if self.scanner.peek()?.kind != TokenKind::FlowMappingEnd {
            self.flow_comma(first, "did not find expected ',' or '}'")?;
            match self.scanner.peek()?.kind {
                TokenKind::Key => {
                    self.scanner.take();
                    return self.flow_mapping_node(State::FlowMappingValue { empty: false });
                }
                TokenKind::FlowMappingEnd => {}
                _ => return self.node_then(State::FlowMappingValue { empty: true }, false, false),
            }
        }
        self.close(EventKind::MappingEnd)
    }

    pub(super) fn flow_mapping_value(&mut self, empty: bool) -> Step<Event> {
        let after = State::FlowMappingKey { first: false };
        if !empty && self.scanner.peek()?.kind == TokenKind::Value {
            self.scanner.take();
            if !matches!(self.scanner.peek()?.kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                return self.node_then(after, false, false);
            }
        }
        self.state = after;
        let start = self.scanner.peek()?.start;
        self.empty(start)
    }

    /// What stands behind `?` in braces, if anything.
    fn flow_mapping_node(&mut self, after: State) -> Step<Event> {
        let token = self.scanner.peek()?;
        let start = token.start;
        match token.kind {
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd => {
                self.state = after;
                self.empty(start)
            }
            _ => self.node_then(after, false, false),
        }
    }
}
