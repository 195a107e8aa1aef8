//! Which locals of a function still matter at a place: those that are read later before they are written again.

use wasmparser::Operator;

/// A set of locals.
#[derive(Clone, Default, PartialEq)]
pub struct Locals(Vec<u64>);

impl Locals {
    pub fn insert(&mut self, local: u32) {
        let word = local as usize / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (local % 64);
    }

    pub fn remove(&mut self, local: u32) {
        if let Some(word) = self.0.get_mut(local as usize / 64) {
            *word &= !(1 << (local % 64));
        }
    }

    pub fn contains(&self, local: u32) -> bool {
        self.0.get(local as usize / 64).is_some_and(|word| word & 1 << (local % 64) != 0)
    }

    /// Adds the others; whether one of them is new.
    pub fn add(&mut self, others: &Locals) -> bool {
        if self.0.len() < others.0.len() {
            self.0.resize(others.0.len(), 0);
        }
        let mut grown = false;
        for (word, other) in self.0.iter_mut().zip(&others.0) {
            grown |= other & !*word != 0;
            *word |= other;
        }
        grown
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.0.len() as u32 * 64).filter(|local| self.contains(*local))
    }
}

/// The nesting of a function's instructions: for each that opens a block, where it ends, and back; for an `if`, its `else`.
pub struct Nesting {
    pub end: Vec<usize>,
    pub start: Vec<usize>,
    pub other: Vec<Option<usize>>,
}

impl Nesting {
    pub fn of(operators: &[Operator<'_>]) -> Self {
        let count = operators.len();
        let mut nesting = Nesting { end: vec![0; count], start: vec![usize::MAX; count], other: vec![None; count] };
        let mut open = Vec::new();
        for (index, operator) in operators.iter().enumerate() {
            match operator {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => open.push(index),
                Operator::Else => {
                    if let Some(start) = open.last() {
                        nesting.other[*start] = Some(index);
                        nesting.start[index] = *start;
                    }
                }
                Operator::End => {
                    if let Some(start) = open.pop() {
                        nesting.end[start] = index;
                        nesting.start[index] = start;
                    }
                }
                _ => {}
            }
        }
        nesting
    }
}

/// Goes backwards through instructions and keeps what is live.
pub struct Liveness<'a, 'b> {
    pub operators: &'a [Operator<'b>],
    pub nesting: &'a Nesting,
    /// What is live at the label of each block around, the outermost first.
    pub labels: Vec<Locals>,
    /// What is live at the start of each loop, as far as it is known.
    pub heads: Vec<Option<Locals>>,
    /// At these instructions, what is live after them and at the labels around is kept.
    pub watched: Vec<bool>,
    pub seen: Vec<Option<(Locals, Vec<Locals>)>>,
}

impl<'a, 'b> Liveness<'a, 'b> {
    pub fn new(operators: &'a [Operator<'b>], nesting: &'a Nesting, labels: Vec<Locals>) -> Self {
        let count = operators.len();
        Liveness {
            operators,
            nesting,
            labels,
            heads: vec![None; count],
            watched: vec![false; count],
            seen: vec![None; count],
        }
    }

    fn label(&self, depth: u32) -> Locals {
        let at = self.labels.len().checked_sub(1 + depth as usize);
        at.map(|at| self.labels[at].clone()).unwrap_or_default()
    }

    /// What is live before the instructions from `low` to `high`, which are whole blocks, when `live` is after them.
    pub fn before(&mut self, low: usize, high: usize, mut live: Locals) -> Locals {
        let mut index = high;
        while index > low {
            index -= 1;
            if self.watched[index] {
                self.seen[index] = Some((live.clone(), self.labels.clone()));
            }
            match &self.operators[index] {
                Operator::LocalGet { local_index } => live.insert(*local_index),
                Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => live.remove(*local_index),
                Operator::Br { relative_depth } => live = self.label(*relative_depth),
                Operator::BrIf { relative_depth } => {
                    let label = self.label(*relative_depth);
                    live.add(&label);
                }
                Operator::BrTable { targets } => {
                    live = self.label(targets.default());
                    for target in targets.targets().flatten() {
                        let label = self.label(target);
                        live.add(&label);
                    }
                }
                Operator::Return | Operator::Unreachable => live = Locals::default(),
                Operator::End => {
                    let start = self.nesting.start[index];
                    live = self.block(start, index, live);
                    index = start;
                }
                _ => {}
            }
        }
        live
    }

    fn block(&mut self, start: usize, end: usize, live: Locals) -> Locals {
        if let Operator::Loop { .. } = self.operators[start] {
            let mut head = self.heads[start].clone().unwrap_or_default();
            loop {
                self.labels.push(head.clone());
                let before = self.before(start + 1, end, live.clone());
                self.labels.pop();
                if !head.add(&before) {
                    self.heads[start] = Some(head.clone());
                    return head;
                }
            }
        }
        self.labels.push(live.clone());
        let before = match self.nesting.other[start] {
            Some(other) => {
                let mut before = self.before(start + 1, other, live.clone());
                let others = self.before(other + 1, end, live);
                before.add(&others);
                before
            }
            None => {
                let mut before = self.before(start + 1, end, live.clone());
                if let Operator::If { .. } = self.operators[start] {
                    before.add(&live);
                }
                before
            }
        };
        self.labels.pop();
        before
    }
}
