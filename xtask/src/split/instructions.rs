//! Instructions and types, from how they are read to how they are written.

use super::read::ours;
use crate::Result;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{Encode, Instruction, ValType};
use wasmparser::Operator;

/// The same instruction.
pub fn same<'a>(operator: &Operator<'a>) -> Result<Instruction<'a>> {
    ours(RoundtripReencoder.instruction(operator.clone()))
}

/// How many bytes it takes.
pub fn size(operator: &Operator<'_>) -> usize {
    let mut bytes = Vec::new();
    if let Ok(instruction) = same(operator) {
        instruction.encode(&mut bytes);
    }
    bytes.len()
}

/// The same type.
pub fn value(kind: wasmparser::ValType) -> Result<ValType> {
    ours(RoundtripReencoder.val_type(kind))
}

/// A number for a type.
pub fn order(kind: ValType) -> u8 {
    match kind {
        ValType::I32 => 0,
        ValType::I64 => 1,
        ValType::F32 => 2,
        ValType::F64 => 3,
        _ => 4,
    }
}
