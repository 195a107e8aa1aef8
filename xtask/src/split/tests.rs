//! Random functions, cut by random pieces, answer what the whole ones answer. They run in Node.js; without it nothing is tested here.

use super::{blocks::Code, read::Module, split};
use crate::shell;
use std::fs;
use std::process::Command;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction as I, MemorySection, MemoryType, RefType,
    TableSection, TableType, TypeSection, ValType,
};

const FUNCTIONS: u32 = 6;
const LOCALS: u32 = 5;
/// Executed loop turns: random loops need not end by themselves.
const FUEL: i32 = 200;

/// Runs the whole, then the parts; prints where their answers or their memories differ.
const COMPARE: &str = r#"
const fs = require("fs");
const [dir, count] = [process.argv[2], Number(process.argv[3])];
const read = (name) => fs.readFileSync(`${dir}/${name}.wasm`);
const run = ({ exports }) => {
  const answers = [];
  for (let f = 0; f < 6; f++) for (const [a, b] of [[0, 0], [1, 7], [-5, 3], [1000, -1]]) {
    exports.fuel.value = 200;
    answers.push(exports[`f${f}`](a, b));
  }
  return answers.join() + new Int32Array(exports.memory.buffer, 0, 64).join();
};
for (let i = 0; i < count; i++) {
  const whole = new WebAssembly.Instance(new WebAssembly.Module(read(`${i}-whole`)), { js: { bringNow() {} } });
  let first;
  const bringNow = () => {
    const mark = Object.keys(first.exports).find((name) => name.startsWith("rest:"));
    new WebAssembly.Instance(new WebAssembly.Module(read(`${i}-rest`)), { f: first.exports });
    first.exports[mark].value = 1;
  };
  first = new WebAssembly.Instance(new WebAssembly.Module(read(`${i}-first`)), { js: { bringNow } });
  if (run(whole) !== run(first)) { console.log(`module ${i} differs`); process.exit(1); }
}
console.log("same");
"#;

/// A xorshift generator.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as u32 % limit
    }
}

/// Writes one function; `depth` blocks are around, of which `loops` are loops.
struct Writer<'a> {
    random: &'a mut Random,
    function: Function,
    index: u32,
    blocks: u32,
}

impl Writer<'_> {
    fn put(&mut self, instruction: I<'_>) {
        self.function.instruction(&instruction);
    }

    fn value(&mut self) {
        let local = self.random.below(LOCALS);
        match self.random.below(4) {
            0 => self.put(I::I32Const(local as i32 * 3 - 4)),
            1 => {
                self.put(I::I32Const(local as i32 * 4));
                self.put(I::I32Load(wasm_encoder::MemArg { offset: 0, align: 2, memory_index: 0 }));
            }
            _ => self.put(I::LocalGet(local)),
        }
    }

    fn sequence(&mut self, depth: u32) {
        for _ in 0..2 + self.random.below(5) {
            if self.blocks > 60 {
                break;
            }
            self.statement(depth);
        }
    }

    fn statement(&mut self, depth: u32) {
        self.blocks += 1;
        let local = self.random.below(LOCALS);
        match self.random.below(if depth > 5 { 4 } else { 10 }) {
            0 | 1 => {
                self.value();
                self.value();
                self.put(if local.is_multiple_of(2) { I::I32Add } else { I::I32Xor });
                self.put(I::LocalSet(local));
            }
            2 => {
                self.put(I::I32Const(local as i32 * 4));
                self.value();
                self.put(I::I32Store(wasm_encoder::MemArg { offset: 0, align: 2, memory_index: 0 }));
            }
            3 if self.index > 0 => {
                self.value();
                self.value();
                let callee = self.random.below(self.index);
                if local.is_multiple_of(2) {
                    self.put(I::Call(1 + callee));
                } else {
                    self.put(I::I32Const(callee as i32));
                    self.put(I::CallIndirect { type_index: 1, table_index: 0 });
                }
                self.put(I::LocalTee(local));
                self.put(I::Drop);
            }
            3 | 4 if depth > 0 => {
                let label = self.random.below(depth);
                self.value();
                self.put(I::BrIf(label));
            }
            3 | 4 => {}
            5 => {
                self.put(I::Block(BlockType::Empty));
                self.sequence(depth + 1);
                let count = self.random.below(4);
                let targets: Vec<u32> = (0..count).map(|_| self.random.below(depth + 1)).collect();
                match count {
                    0 => {}
                    1 => self.put(I::Br(targets[0])),
                    _ => {
                        self.value();
                        self.put(I::BrTable(targets.into(), 0));
                    }
                }
                self.put(I::End);
            }
            6 => {
                self.put(I::Loop(BlockType::Empty));
                // Out of fuel: out of everything.
                self.put(I::GlobalGet(0));
                self.put(I::I32Eqz);
                self.put(I::If(BlockType::Empty));
                self.value();
                self.put(I::Return);
                self.put(I::End);
                self.put(I::GlobalGet(0));
                self.put(I::I32Const(1));
                self.put(I::I32Sub);
                self.put(I::GlobalSet(0));
                self.sequence(depth + 1);
                self.value();
                self.put(I::BrIf(0));
                self.put(I::End);
            }
            7 | 8 => {
                self.value();
                self.put(I::If(BlockType::Empty));
                self.sequence(depth + 1);
                if local > 2 {
                    self.put(I::Else);
                    self.sequence(depth + 1);
                }
                if local == 4 {
                    self.value();
                    self.put(I::Return);
                }
                self.put(I::End);
            }
            _ => {
                self.value();
                self.put(I::If(BlockType::Result(ValType::I32)));
                self.value();
                self.put(I::Else);
                self.value();
                self.put(I::End);
                self.put(I::LocalSet(local));
            }
        }
    }
}

fn random_module(random: &mut Random) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    types.ty().function([ValType::I32; 2], [ValType::I32]);
    let mut imports = ImportSection::new();
    imports.import("js", "bringNow", EntityType::Function(0));
    let mut functions = FunctionSection::new();
    let mut tables = TableSection::new();
    let size = u64::from(FUNCTIONS);
    let table =
        TableType { element_type: RefType::FUNCREF, minimum: size, maximum: Some(size), table64: false, shared: false };
    tables.table(table);
    let mut memories = MemorySection::new();
    memories.memory(MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None });
    let mut globals = GlobalSection::new();
    let fuel = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
    globals.global(fuel, &ConstExpr::i32_const(FUEL));
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0).export("fuel", ExportKind::Global, 0);
    let mut elements = ElementSection::new();
    let all: Vec<u32> = (1..=FUNCTIONS).collect();
    elements.active(None, &ConstExpr::i32_const(0), Elements::Functions(all.into()));
    let mut code = CodeSection::new();
    for index in 0..FUNCTIONS {
        functions.function(1);
        exports.export(&format!("f{index}"), ExportKind::Func, index + 1);
        let function = Function::new([(LOCALS - 2, ValType::I32)]);
        let mut writer = Writer { random, function, index, blocks: 0 };
        writer.sequence(0);
        writer.sequence(0);
        writer.value();
        writer.put(I::End);
        code.function(&writer.function);
    }
    let mut module = wasm_encoder::Module::new();
    module.section(&types).section(&imports).section(&functions).section(&tables).section(&memories);
    module.section(&globals).section(&exports).section(&elements).section(&code);
    module.finish()
}

#[test]
fn parts_do_what_the_whole_does() {
    let Some(node) = shell::find(&["node"]) else { return };
    const COUNT: usize = 400;
    let dir = std::env::temp_dir().join(format!("tabernetes-split-{}", std::process::id()));
    fs::create_dir_all(&dir).unwrap();
    let mut random = Random(0x5eed);
    let mut regions = 0;
    for number in 0..COUNT {
        let whole = random_module(&mut random);
        let module = Module::read(&whole).unwrap();
        let mut pieces = 0;
        for body in &module.bodies {
            Code::read(body, &mut pieces).unwrap();
        }
        let ran: Vec<bool> = (0..pieces).map(|_| random.below(3) > 0).collect();
        let parts = split(&whole, &|piece| ran[piece], None).unwrap();
        let payloads = wasmparser::Parser::new(0).parse_all(&parts.rest);
        regions += payloads.filter(|payload| matches!(payload, Ok(wasmparser::Payload::CodeSectionEntry(_)))).count();
        for (part, bytes) in [("whole", &whole), ("first", &parts.first), ("rest", &parts.rest)] {
            fs::write(dir.join(format!("{number}-{part}.wasm")), bytes).unwrap();
        }
    }
    let script = dir.join("compare.cjs");
    fs::write(&script, COMPARE).unwrap();
    let output = Command::new(node).arg(&script).arg(&dir).arg(COUNT.to_string()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert_eq!(said, "same", "{}", String::from_utf8_lossy(&output.stderr));
    assert!(regions > COUNT * 5, "{regions} functions of the rest");
    fs::remove_dir_all(&dir).unwrap();
}
