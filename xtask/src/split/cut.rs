//! Cuts a module in two: what runs while the page opens, and the rest.
//!
//! Both share memory, globals and the table of functions. The first part calls functions of the rest through slots of the table,
//! which the rest fills when it is instantiated; there is a function for each type of them that does so, and calls the hook that
//! the page gave it when the rest is not there yet. The rest imports from the first part what it calls there.

use super::data::{self, Numbers, Objects};
use super::instructions::value;
use super::page;
use super::read::{Module, constant, ours};
use crate::Result;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind, ExportSection,
    Function, FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction, MemorySection, TableSection,
    TypeSection, ValType,
};
use wasmparser::{ExternalKind, FunctionBody, Operator};

/// How the exported global is called that is 1 once the rest is there, before the name of the rest's file (see www/rest.js).
const MARK: &str = "rest:";
/// The name under which the rest knows the first part.
const FIRST: &str = "f";

/// The two parts.
pub struct Parts {
    pub first: Vec<u8>,
    pub rest: Vec<u8>,
}

/// Cuts the module: `first` tells which functions go into the first part, `objects` where the constants are, and `hook` is the import that
/// brings the rest.
pub fn cut(bytes: &[u8], first: &BTreeSet<u32>, objects: Option<&Objects>, hook: &str) -> Result<Parts> {
    let module = Module::read(bytes)?;
    let hook = module.import_of(hook)?;
    let mut plan = Plan::new(&module, first, hook)?;
    if let Some(objects) = objects {
        if !objects.fit(&module)? {
            return Err("the constants are not where the linker put them".into());
        }
        let mut bodies = first.iter().map(|function| module.body(*function));
        plan.late = objects.unneeded(&Numbers::of(&mut bodies)?);
    }
    let rest = plan.rest()?;
    Ok(Parts { first: plan.first_part(&page::file("rest", &rest))?, rest })
}

struct Plan<'a> {
    module: &'a Module<'a>,
    /// The import that loads the rest.
    hook: u32,
    /// Functions of the first part, imports among them: old index to new.
    first: BTreeMap<u32, u32>,
    /// Functions of the rest: old index to new, those that it imports among them.
    rest: BTreeMap<u32, u32>,
    /// The functions that either part defines, in its order.
    own: Vec<u32>,
    theirs: Vec<u32>,
    /// Functions of the rest that were exported or in the table: they have a stand-in in the first part, at this index.
    stand_ins: BTreeMap<u32, u32>,
    /// Slots of the table by function of the rest.
    slots: BTreeMap<u32, u32>,
    /// All slots that the rest fills.
    filled: BTreeMap<u32, u32>,
    /// The size of the table.
    table: u32,
    /// Functions of the first part through which those of the rest are called: by the type of these.
    ways: BTreeMap<u32, u32>,
    ready: u32,
    /// Functions of the first part that the rest calls.
    shared: BTreeSet<u32>,
    /// The data that only the rest needs.
    late: Vec<Range<u32>>,
}

impl<'a> Plan<'a> {
    fn new(module: &'a Module<'a>, wanted: &BTreeSet<u32>, hook: u32) -> Result<Self> {
        let imported = module.imported;
        let is_first = |function: u32| function < imported || wanted.contains(&function);
        let all = 0..module.functions.len() as u32;
        // Functions that look alike stand next to each other: that compresses better.
        let mut alike: Vec<u32> = (imported..all.end).collect();
        alike.sort_by_key(|function| module.body(*function).as_bytes());
        let (own, theirs): (Vec<u32>, Vec<u32>) = alike.into_iter().partition(|function| is_first(*function));
        let first: BTreeMap<u32, u32> = (0..imported).chain(own.iter().copied()).zip(0..).collect();

        let (mut called, mut shared) = (BTreeSet::new(), BTreeSet::new());
        for (function, body) in (imported..).zip(&module.bodies) {
            for operator in body.get_operators_reader()? {
                match operator? {
                    Operator::Call { function_index: callee } => {
                        if is_first(function) && !is_first(callee) {
                            called.insert(callee);
                        } else if !is_first(function) && is_first(callee) {
                            shared.insert(callee);
                        }
                    }
                    Operator::RefFunc { .. } | Operator::ReturnCall { .. } => {
                        return Err("references to functions in code, which no build of ours has".into());
                    }
                    _ => {}
                }
            }
        }

        let (mut slots, mut filled, mut standing) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        for (slot, function) in module.slots()? {
            if !is_first(function) {
                slots.entry(function).or_insert(slot);
                filled.insert(slot, function);
                standing.insert(function);
            }
        }
        let exported = module.exports.iter().filter(|export| export.kind == ExternalKind::Func);
        standing.extend(exported.map(|export| export.index).filter(|function| !is_first(*function)));
        let mut table = u32::try_from(module.tables.first().ok_or("no table")?.initial)?;
        for function in called.iter().chain(&standing) {
            if !slots.contains_key(function) {
                slots.insert(*function, table);
                filled.insert(table, *function);
                table += 1;
            }
        }

        let kinds: BTreeSet<u32> =
            called.iter().chain(&standing).map(|function| module.functions[*function as usize]).collect();
        let next = first.len() as u32;
        let ways: BTreeMap<u32, u32> = kinds.into_iter().zip(next..).collect();
        let stand_ins = standing.into_iter().zip(next + ways.len() as u32..).collect();
        let rest = shared.iter().chain(&theirs).copied().zip(0..).collect();
        Ok(Plan {
            module,
            hook,
            first,
            rest,
            own,
            theirs,
            stand_ins,
            slots,
            filled,
            table,
            ways,
            ready: module.globals.len() as u32,
            shared,
            late: Vec::new(),
        })
    }

    fn is_first(&self, function: u32) -> bool {
        self.first.contains_key(&function)
    }

    fn types(&self, out: &mut wasm_encoder::Module) -> Result {
        let reader = wasmparser::BinaryReader::new(self.module.types, 0);
        let mut types = TypeSection::new();
        ours(First(self).parse_type_section(&mut types, wasmparser::TypeSectionReader::new(reader)?))?;
        for kind in self.ways.keys() {
            let kind = &self.module.signatures[*kind as usize];
            let values =
                |types: &[wasmparser::ValType]| types.iter().map(|kind| value(*kind)).collect::<Result<Vec<_>>>();
            let (mut params, results) = (values(kind.params())?, values(kind.results())?);
            params.push(ValType::I32);
            types.ty().function(params, results);
        }
        out.section(&types);
        Ok(())
    }

    fn first_part(&self, rest: &str) -> Result<Vec<u8>> {
        let module = self.module;
        let mut out = wasm_encoder::Module::new();
        self.types(&mut out)?;

        let mut imports = ImportSection::new();
        for import in &module.imports {
            let wasmparser::TypeRef::Func(kind) = import.ty else { continue };
            imports.import(import.module, import.name, EntityType::Function(kind));
        }
        out.section(&imports);

        let mut functions = FunctionSection::new();
        for function in &self.own {
            functions.function(module.functions[*function as usize]);
        }
        for number in 0..self.ways.len() {
            functions.function((module.signatures.len() + number) as u32);
        }
        for function in self.stand_ins.keys() {
            functions.function(module.functions[*function as usize]);
        }
        out.section(&functions);

        let mut tables = TableSection::new();
        for (index, table) in module.tables.iter().enumerate() {
            let mut kind = ours(First(self).table_type(*table))?;
            if index == 0 {
                kind.minimum = self.table.into();
                kind.maximum = kind.maximum.map(|_| self.table.into());
            }
            tables.table(kind);
        }
        out.section(&tables);
        let mut memories = MemorySection::new();
        for memory in &module.memories {
            memories.memory(ours(First(self).memory_type(*memory))?);
        }
        out.section(&memories);

        let mut globals = GlobalSection::new();
        let reader = wasmparser::BinaryReader::new(module.global_section, 0);
        ours(First(self).parse_global_section(&mut globals, wasmparser::GlobalSectionReader::new(reader)?))?;
        globals.global(GlobalType { val_type: ValType::I32, mutable: true, shared: false }, &ConstExpr::i32_const(0));
        out.section(&globals);

        let mut exports = ExportSection::new();
        for export in &module.exports {
            ours(First(self).parse_export(&mut exports, *export))?;
        }
        for (name, kind, index) in self.shares() {
            exports.export(&name, kind, if kind == ExportKind::Func { self.first[&index] } else { index });
        }
        exports.export(&format!("{MARK}{rest}"), ExportKind::Global, self.ready);
        out.section(&exports);

        let mut elements = ElementSection::new();
        for element in &module.elements {
            ours(First(self).parse_element(&mut elements, element.clone()))?;
        }
        out.section(&elements);

        let mut code = CodeSection::new();
        for function in &self.own {
            self.first_body(&mut code, module.body(*function))?;
        }
        for kind in self.ways.keys() {
            code.function(&self.way_body(*kind));
        }
        for function in self.stand_ins.keys() {
            code.function(&self.stand_in_body(*function));
        }
        out.section(&code);
        out.section(&self.first_data()?);
        Ok(out.finish())
    }

    /// The data of the first part: zeros, which compress well, are where the rest writes.
    fn first_data(&self) -> Result<DataSection> {
        let mut section = DataSection::new();
        for data in &self.module.data {
            let start = offset(data)?;
            let mut bytes = data.data.to_vec();
            for piece in self.late.iter().filter_map(|piece| within(piece, start, data.data.len())) {
                bytes[piece].fill(0);
            }
            section.active(0, &ConstExpr::i32_const(start.cast_signed()), bytes);
        }
        Ok(section)
    }

    fn rest_data(&self) -> Result<DataSection> {
        let mut section = DataSection::new();
        for data in &self.module.data {
            let start = offset(data)?;
            for piece in data::joined(&self.late).iter().filter_map(|piece| within(piece, start, data.data.len())) {
                let at = ConstExpr::i32_const((start + piece.start as u32).cast_signed());
                section.active(0, &at, data.data[piece].iter().copied());
            }
        }
        Ok(section)
    }

    /// A body of the first part: calls into the rest go through the table.
    fn first_body(&self, code: &mut CodeSection, body: &FunctionBody<'_>) -> Result {
        let mut remap = First(self);
        let mut function = ours(remap.new_function_with_parsed_locals(body))?;
        for operator in body.get_operators_reader()? {
            match operator? {
                Operator::Call { function_index: callee } if !self.is_first(callee) => {
                    self.call_rest(&mut function, callee);
                }
                operator => {
                    function.instruction(&ours(remap.instruction(operator))?);
                }
            }
        }
        code.function(&function);
        Ok(())
    }

    fn call_rest(&self, function: &mut Function, callee: u32) {
        function.instruction(&Instruction::I32Const(self.slots[&callee].cast_signed()));
        function.instruction(&Instruction::Call(self.ways[&self.module.functions[callee as usize]]));
    }

    /// Brings the rest where it is not there, and calls what is in the slot that the last parameter names.
    fn way_body(&self, type_index: u32) -> Function {
        let slot = self.module.signatures[type_index as usize].params().len() as u32;
        let mut function = Function::new([]);
        for instruction in [
            Instruction::GlobalGet(self.ready),
            Instruction::I32Eqz,
            Instruction::If(BlockType::Empty),
            Instruction::Call(self.first[&self.hook]),
            Instruction::End,
        ] {
            function.instruction(&instruction);
        }
        for local in 0..=slot {
            function.instruction(&Instruction::LocalGet(local));
        }
        function.instruction(&Instruction::CallIndirect { type_index, table_index: 0 });
        function.instruction(&Instruction::End);
        function
    }

    fn stand_in_body(&self, callee: u32) -> Function {
        let mut function = Function::new([]);
        let kind = &self.module.signatures[self.module.functions[callee as usize] as usize];
        for parameter in 0..kind.params().len() as u32 {
            function.instruction(&Instruction::LocalGet(parameter));
        }
        self.call_rest(&mut function, callee);
        function.instruction(&Instruction::End);
        function
    }

    /// What the first part exports for the rest, in the order of the rest's indices.
    fn shares(&self) -> Vec<(String, ExportKind, u32)> {
        let functions = self.shared.iter().map(|function| (ExportKind::Func, *function));
        let tables = (0..self.module.tables.len() as u32).map(|index| (ExportKind::Table, index));
        let memories = (0..self.module.memories.len() as u32).map(|index| (ExportKind::Memory, index));
        let globals = (0..self.module.globals.len() as u32).map(|index| (ExportKind::Global, index));
        let all = functions.chain(tables).chain(memories).chain(globals).enumerate();
        all.map(|(name, (kind, index))| (format!(" {}", short(name)), kind, index)).collect()
    }

    fn rest(&self) -> Result<Vec<u8>> {
        let module = self.module;
        let mut out = wasm_encoder::Module::new();
        self.types(&mut out)?;

        let mut imports = ImportSection::new();
        for (name, kind, index) in self.shares() {
            let index = index as usize;
            let entity = match kind {
                ExportKind::Func => EntityType::Function(module.functions[index]),
                ExportKind::Table => {
                    let mut kind = ours(Rest(self).table_type(module.tables[index]))?;
                    if index == 0 {
                        kind.minimum = self.table.into();
                        kind.maximum = kind.maximum.map(|_| self.table.into());
                    }
                    EntityType::Table(kind)
                }
                ExportKind::Memory => EntityType::Memory(ours(Rest(self).memory_type(module.memories[index]))?),
                _ => EntityType::Global(ours(Rest(self).global_type(module.globals[index]))?),
            };
            imports.import(FIRST, &name, entity);
        }
        out.section(&imports);

        let mut functions = FunctionSection::new();
        for function in &self.theirs {
            functions.function(module.functions[*function as usize]);
        }
        out.section(&functions);

        let mut elements = ElementSection::new();
        let mut run: Option<(u32, Vec<u32>)> = None;
        for (slot, function) in &self.filled {
            let function = self.rest[function];
            match &mut run {
                Some((start, functions)) if *start + functions.len() as u32 == *slot => functions.push(function),
                _ => {
                    fill(&mut elements, run.take());
                    run = Some((*slot, vec![function]));
                }
            }
        }
        fill(&mut elements, run);
        out.section(&elements);

        let mut code = CodeSection::new();
        for function in &self.theirs {
            ours(Rest(self).parse_function_body(&mut code, module.body(*function).clone()))?;
        }
        out.section(&code);
        out.section(&self.rest_data()?);
        Ok(out.finish())
    }
}

/// Where a segment is in memory.
fn offset(data: &wasmparser::Data<'_>) -> Result<u32> {
    match &data.kind {
        wasmparser::DataKind::Active { memory_index: 0, offset_expr } => constant(offset_expr),
        _ => Err("data without a place in memory, which no build of ours has".into()),
    }
}

/// A piece of memory inside of a segment that starts there, counted from its start.
fn within(piece: &Range<u32>, start: u32, length: usize) -> Option<Range<usize>> {
    let from = piece.start.checked_sub(start)? as usize;
    let to = piece.end.checked_sub(start)? as usize;
    (to <= length).then_some(from..to)
}

fn fill(elements: &mut ElementSection, run: Option<(u32, Vec<u32>)>) {
    if let Some((start, functions)) = run {
        let start = ConstExpr::i32_const(start.cast_signed());
        elements.active(None, &start, Elements::Functions(Cow::Owned(functions)));
    }
}

/// A short name for a number.
fn short(mut number: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut name = String::new();
    loop {
        name.push(char::from(LETTERS[number % LETTERS.len()]));
        number /= LETTERS.len();
        if number == 0 {
            return name;
        }
    }
}

type Reencoded<T> = std::result::Result<T, wasm_encoder::reencode::Error<std::convert::Infallible>>;

/// Indices of the first part.
struct First<'a>(&'a Plan<'a>);

impl Reencode for First<'_> {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Reencoded<u32> {
        let index = self.0.first.get(&function).or_else(|| self.0.stand_ins.get(&function));
        Ok(index.copied().unwrap_or(u32::MAX))
    }
}

/// Indices of the rest.
struct Rest<'a>(&'a Plan<'a>);

impl Reencode for Rest<'_> {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Reencoded<u32> {
        Ok(self.0.rest.get(&function).copied().unwrap_or(u32::MAX))
    }
}
