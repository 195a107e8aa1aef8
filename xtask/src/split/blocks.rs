//! The pieces of a function that run from their start to their end once they are entered: where it may branch, a new one starts.

use crate::Result;
use wasmparser::{FunctionBody, Operator};

/// A function's instructions, with the number of the piece that starts before an instruction.
pub struct Code<'a> {
    pub operators: Vec<Operator<'a>>,
    pub starts: Vec<Option<usize>>,
}

impl<'a> Code<'a> {
    /// Reads a body; pieces count on from `pieces`.
    pub fn read(body: &FunctionBody<'a>, pieces: &mut usize) -> Result<Self> {
        let mut operators = Vec::new();
        for operator in body.get_operators_reader()? {
            operators.push(operator?);
        }
        let mut starts = vec![None; operators.len()];
        let mut starting = true;
        for (operator, start) in operators.iter().zip(&mut starts) {
            // An empty piece says nothing.
            if starting && !matches!(operator, Operator::End | Operator::Else) {
                *start = Some(*pieces);
                *pieces += 1;
            }
            starting = matches!(
                operator,
                Operator::If { .. } | Operator::Else | Operator::Loop { .. } | Operator::End | Operator::BrIf { .. }
            );
        }
        Ok(Code { operators, starts })
    }
}
