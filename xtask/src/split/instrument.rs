//! A module that notes which pieces of its functions were run.

use super::blocks::Code;
use super::read::ours;
use crate::Result;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder, utils};
use wasm_encoder::{CodeSection, ExportKind, ExportSection, Instruction, MemArg, MemorySection, MemoryType};
use wasmparser::{ExportSectionReader, FunctionBody, MemorySectionReader};

/// What the exported memory of the marks is called: one byte for each piece, 1 once it was run.
pub const MARKS: &str = "marks";

/// Adds a memory of marks. The module has several memories then, which only the browser of the measurement needs to know.
pub fn instrument(bytes: &[u8]) -> Result<Vec<u8>> {
    let module = super::read::Module::read(bytes)?;
    let mut pieces = 0;
    for body in &module.bodies {
        Code::read(body, &mut pieces)?;
    }
    let mut marking = Marking { memory: module.memories.len() as u32, pieces: pieces as u64, seen: 0 };
    let mut out = wasm_encoder::Module::new();
    ours(marking.parse_core_module(&mut out, wasmparser::Parser::new(0), bytes))?;
    Ok(out.finish())
}

struct Marking {
    memory: u32,
    pieces: u64,
    seen: usize,
}

type Outcome = std::result::Result<(), wasm_encoder::reencode::Error<Box<dyn std::error::Error>>>;

impl Reencode for Marking {
    type Error = Box<dyn std::error::Error>;

    fn parse_memory_section(&mut self, memories: &mut MemorySection, section: MemorySectionReader<'_>) -> Outcome {
        utils::parse_memory_section(self, memories, section)?;
        let minimum = self.pieces / 65536 + 1;
        memories.memory(MemoryType { minimum, maximum: None, memory64: false, shared: false, page_size_log2: None });
        Ok(())
    }

    fn parse_export_section(&mut self, exports: &mut ExportSection, section: ExportSectionReader<'_>) -> Outcome {
        utils::parse_export_section(self, exports, section)?;
        exports.export(MARKS, ExportKind::Memory, self.memory);
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Outcome {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        let read = Code::read(&body, &mut self.seen).map_err(wasm_encoder::reencode::Error::UserError)?;
        let mark = MemArg { offset: 0, align: 0, memory_index: self.memory };
        for (operator, start) in read.operators.into_iter().zip(read.starts) {
            if let Some(piece) = start {
                function.instruction(&Instruction::I32Const(piece as i32));
                function.instruction(&Instruction::I32Const(1));
                function.instruction(&Instruction::I32Store8(mark));
            }
            let same = RoundtripReencoder
                .instruction(operator)
                .map_err(|error| wasm_encoder::reencode::Error::UserError(format!("{error:?}").into()))?;
            function.instruction(&same);
        }
        code.function(&function);
        Ok(())
    }
}
