//! A module as far as splitting it needs to know it.

use crate::Result;
use wasmparser::{
    Data, Element, ElementItems, Export, FuncType, FunctionBody, GlobalType, Import, MemoryType, Name, Parser, Payload,
    TableType, TypeRef,
};

/// The sections of a module. Functions, tables, memories and globals count from the imported ones on.
#[derive(Default)]
pub struct Module<'a> {
    /// The whole type section.
    pub types: &'a [u8],
    /// The types in it.
    pub signatures: Vec<FuncType>,
    pub imports: Vec<Import<'a>>,
    /// How many of the imports are functions.
    pub imported: u32,
    /// The type of every function, imported or not.
    pub functions: Vec<u32>,
    pub tables: Vec<TableType>,
    pub memories: Vec<MemoryType>,
    pub globals: Vec<GlobalType>,
    /// The whole global section.
    pub global_section: &'a [u8],
    pub exports: Vec<Export<'a>>,
    pub elements: Vec<Element<'a>>,
    pub bodies: Vec<FunctionBody<'a>>,
    pub data: Vec<Data<'a>>,
    /// Names of functions, where there are any.
    pub names: Vec<Option<&'a str>>,
}

impl<'a> Module<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        let mut module = Module::default();
        for payload in Parser::new(0).parse_all(bytes) {
            module.section(payload?, bytes)?;
        }
        Ok(module)
    }

    fn section(&mut self, payload: Payload<'a>, bytes: &'a [u8]) -> Result {
        match payload {
            Payload::TypeSection(section) => {
                self.types = &bytes[section.range()];
                for group in section {
                    for kind in group?.into_types() {
                        self.signatures.push(kind.unwrap_func().clone());
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    match import.ty {
                        TypeRef::Func(kind) => {
                            self.functions.push(kind);
                            self.imported += 1;
                        }
                        _ => return Err(format!("{:?} is imported, and no function", import.name).into()),
                    }
                    self.imports.push(import);
                }
            }
            Payload::FunctionSection(section) => {
                for kind in section {
                    self.functions.push(kind?);
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    self.tables.push(table?.ty);
                }
            }
            Payload::MemorySection(section) => {
                self.memories = section.into_iter().collect::<std::result::Result<_, _>>()?
            }
            Payload::GlobalSection(section) => {
                self.global_section = &bytes[section.range()];
                for global in section {
                    self.globals.push(global?.ty);
                }
            }
            Payload::ExportSection(section) => {
                self.exports = section.into_iter().collect::<std::result::Result<_, _>>()?
            }
            Payload::ElementSection(section) => {
                self.elements = section.into_iter().collect::<std::result::Result<_, _>>()?
            }
            Payload::DataSection(section) => self.data = section.into_iter().collect::<std::result::Result<_, _>>()?,
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::CustomSection(custom) => {
                if let wasmparser::KnownCustom::Name(names) = custom.as_known() {
                    self.names.resize(self.functions.len(), None);
                    for names in names {
                        if let Name::Function(names) = names? {
                            for name in names {
                                let name = name?;
                                if let Some(slot) = self.names.get_mut(name.index as usize) {
                                    *slot = Some(name.name);
                                }
                            }
                        }
                    }
                }
            }
            Payload::StartSection { .. } | Payload::TagSection(_) => {
                return Err("a start function or tags, which no build of ours has".into());
            }
            _ => {}
        }
        Ok(())
    }

    /// The body of a function that is not imported.
    pub fn body(&self, function: u32) -> &FunctionBody<'a> {
        &self.bodies[(function - self.imported) as usize]
    }

    /// The imported function whose name has `part` in it.
    pub fn import_of(&self, part: &str) -> Result<u32> {
        let found = self.imports.iter().position(|import| import.name.contains(part));
        Ok(found.ok_or_else(|| format!("no import is called {part}"))? as u32)
    }

    /// The slots of the table of functions that are filled, with the function in each.
    pub fn slots(&self) -> Result<Vec<(u32, u32)>> {
        let mut slots = Vec::new();
        for element in &self.elements {
            let wasmparser::ElementKind::Active { table_index, offset_expr } = &element.kind else { continue };
            let ElementItems::Functions(functions) = &element.items else { continue };
            if table_index.unwrap_or(0) != 0 {
                return Err("functions in another table than the first".into());
            }
            let start = constant(offset_expr)?;
            for (slot, function) in (start..).zip(functions.clone()) {
                slots.push((slot, function?));
            }
        }
        Ok(slots)
    }
}

/// The value of an expression that is one constant.
pub fn constant(expression: &wasmparser::ConstExpr) -> Result<u32> {
    match expression.get_operators_reader().read()? {
        wasmparser::Operator::I32Const { value } => Ok(value.cast_unsigned()),
        other => Err(format!("an offset is {other:?}, and no constant").into()),
    }
}

/// The module without what does nothing: names and notes.
pub fn bare(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut bare = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        let known = payload.as_section().filter(|(id, _)| *id != wasm_encoder::SectionId::Custom as u8);
        if let Some((id, range)) = known {
            bare.section(&wasm_encoder::RawSection { id, data: &bytes[range] });
        }
    }
    Ok(bare.finish())
}

/// The outcome of writing something again, as ours.
pub fn ours<T, E: std::fmt::Debug>(outcome: std::result::Result<T, wasm_encoder::reencode::Error<E>>) -> Result<T> {
    outcome.map_err(|error| format!("{error:?}").into())
}

/// A validator for what we read and write.
pub fn validator() -> wasmparser::Validator {
    wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::default())
}
