//! Makes functions of what did not run ([`super::region`]) and writes the module that has them.

use super::blocks::Code;
use super::instructions;
use super::read::{Module, ours, validator};
use super::region::{Outlined, outline};
use crate::Result;
use std::collections::{BTreeMap, BTreeSet};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder, utils};
use wasm_encoder::{CodeSection, Function, FunctionSection, TypeSection, ValType};
use wasmparser::{CodeSectionReader, FunctionSectionReader, Parser, TypeSectionReader, ValidPayload};

/// The module with a function for everything in functions that ran which did not run itself, and the functions that ran.
pub fn module(bytes: &[u8], ran: &dyn Fn(usize) -> bool) -> Result<(Vec<u8>, BTreeSet<u32>)> {
    let module = Module::read(bytes)?;
    let mut validator = validator();
    let mut out = Outlining {
        types: module.signatures.len() as u32,
        known: BTreeMap::new(),
        new_types: Vec::new(),
        functions: Vec::new(),
        bodies: Vec::new(),
    };
    let (mut made, mut first) = (Vec::new(), BTreeSet::new());
    let (mut pieces, mut index) = (0, module.imported);
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        let ValidPayload::Func(to_validate, body) = validator.payload(&payload)? else { continue };
        let code = Code::read(&body, &mut pieces)?;
        let next = (module.functions.len() + made.len()) as u32;
        // An empty function has no pieces, and costs nothing.
        let entered = code.starts.first().copied().flatten().is_none_or(ran);
        let function = if entered {
            first.insert(index);
            let (function, regions) = outline(&module, index, to_validate, &body, &code, ran, next)?;
            made.extend(regions);
            function
        } else {
            let mut function = ours(RoundtripReencoder.new_function_with_parsed_locals(&body))?;
            for operator in &code.operators {
                function.instruction(&instructions::same(operator)?);
            }
            function
        };
        out.bodies.push(function);
        index += 1;
    }
    for Outlined { params, results, body } in made {
        let kind = out.kind(params, results);
        out.functions.push(kind);
        out.bodies.push(body);
    }
    let mut new = wasm_encoder::Module::new();
    ours(out.parse_core_module(&mut new, Parser::new(0), bytes))?;
    Ok((new.finish(), first))
}

/// Writes a module again, with new functions.
struct Outlining {
    types: u32,
    known: BTreeMap<(Vec<u8>, Vec<u8>), u32>,
    new_types: Vec<(Vec<ValType>, Vec<ValType>)>,
    /// The types of the new functions.
    functions: Vec<u32>,
    /// All bodies.
    bodies: Vec<Function>,
}

impl Outlining {
    /// The index of a type.
    fn kind(&mut self, params: Vec<ValType>, results: Vec<ValType>) -> u32 {
        let key = [&params, &results].map(|types| types.iter().map(|kind| instructions::order(*kind)).collect());
        let next = self.types + self.new_types.len() as u32;
        let [from, to]: [Vec<u8>; 2] = key;
        let index = *self.known.entry((from, to)).or_insert(next);
        if index == next {
            self.new_types.push((params, results));
        }
        index
    }
}

type Outcome = std::result::Result<(), wasm_encoder::reencode::Error<std::convert::Infallible>>;

impl Reencode for Outlining {
    type Error = std::convert::Infallible;

    fn parse_type_section(&mut self, types: &mut TypeSection, section: TypeSectionReader<'_>) -> Outcome {
        utils::parse_type_section(self, types, section)?;
        for (params, results) in &self.new_types {
            types.ty().function(params.iter().copied(), results.iter().copied());
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Outcome {
        utils::parse_function_section(self, functions, section)?;
        for kind in &self.functions {
            functions.function(*kind);
        }
        Ok(())
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, _: CodeSectionReader<'_>) -> Outcome {
        for body in &self.bodies {
            code.function(body);
        }
        Ok(())
    }
}
