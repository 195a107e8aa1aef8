//! Constant data that only the rest needs.
//!
//! The linker says where which object's address is written (`--emit-relocs`). The first part needs the objects whose addresses its code
//! has, those whose addresses are in these, and so on; what is known of no object it needs too.

use super::read::{Module, constant};
use crate::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use wasm_encoder::Instruction;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasmparser::{
    FunctionBody, KnownCustom, Linking, MemArg, Name, Operator, Parser, Payload, RelocationEntry, RelocationType,
    SymbolInfo,
};

/// The name of the segment of constants.
const CONSTANTS: &str = ".rodata";
/// Pieces of data that lie closer to each other are one: a piece of its own takes as much.
const NEAR: u32 = 8;

/// The objects in the memory of a linked program.
#[derive(Default)]
pub struct Objects {
    /// Where each symbol's object is.
    places: BTreeMap<u32, Range<u32>>,
    /// The symbols whose objects have something of a word.
    words: BTreeMap<u32, Vec<u32>>,
    /// The symbols that a number in the code may be the address of.
    meant: BTreeMap<u32, BTreeSet<u32>>,
    /// The symbols whose addresses are in an object.
    held: BTreeMap<u32, BTreeSet<u32>>,
    /// Symbols whose addresses are in data that is no object's.
    loose: BTreeSet<u32>,
    /// Where the constants are.
    constants: Range<u32>,
}

impl Objects {
    /// Reads what the linker wrote.
    pub fn of(linked: &[u8]) -> Result<Objects> {
        let module = Module::read(linked)?;
        let mut segments = Vec::new();
        for data in &module.data {
            let wasmparser::DataKind::Active { offset_expr, .. } = &data.kind else { continue };
            let start = constant(offset_expr)?;
            segments.push((start..start + data.data.len() as u32, data.data));
        }
        let (mut sections, mut symbols, mut relocations) = (Vec::new(), Vec::new(), Vec::new());
        let mut constants = 0..0;
        for payload in Parser::new(0).parse_all(linked) {
            let payload = payload?;
            if let Some((id, range)) = payload.as_section() {
                sections.push((id, range));
            }
            let Payload::CustomSection(custom) = payload else { continue };
            match custom.as_known() {
                KnownCustom::Linking(linking) => {
                    for part in linking.subsections() {
                        if let Linking::SymbolTable(table) = part? {
                            symbols = table.into_iter().collect::<std::result::Result<_, _>>()?;
                        }
                    }
                }
                KnownCustom::Reloc(reloc) => relocations.push((reloc.section_index(), reloc.entries())),
                KnownCustom::Name(names) => {
                    for name in names {
                        let Name::Data(names) = name? else { continue };
                        for name in names {
                            let name = name?;
                            if name.name == CONSTANTS {
                                constants = segments.get(name.index as usize).map_or(0..0, |(range, _)| range.clone());
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        if constants.is_empty() || symbols.is_empty() || relocations.is_empty() {
            return Err("the linker did not write where addresses are".into());
        }

        let mut objects = Objects { constants, ..Objects::default() };
        for (index, symbol) in (0..).zip(&symbols) {
            let SymbolInfo::Data { symbol: Some(place), .. } = symbol else { continue };
            // Memory that starts as zeros has no segment.
            let Some((segment, _)) = segments.get(place.index as usize) else { continue };
            let start = segment.start + place.offset;
            let place = start..start + place.size;
            for word in start / 4..place.end.div_ceil(4) {
                objects.words.entry(word).or_default().push(index);
            }
            objects.places.insert(index, place);
        }
        for (section, entries) in relocations {
            let (id, range) = sections.get(section as usize).ok_or("a section that is not there")?;
            for entry in entries {
                objects.take(entry?, *id, &linked[range.clone()], linked, &segments)?;
            }
        }
        Ok(objects)
    }

    fn take(
        &mut self,
        entry: RelocationEntry,
        section: u8,
        bytes: &[u8],
        linked: &[u8],
        segments: &[(Range<u32>, &[u8])],
    ) -> Result {
        use RelocationType::{MemoryAddrI32, MemoryAddrLeb, MemoryAddrSleb};
        if !matches!(entry.ty, MemoryAddrI32 | MemoryAddrLeb | MemoryAddrSleb) {
            return Ok(());
        }
        let Some(place) = self.places.get(&entry.index) else { return Ok(()) };
        let address = (i64::from(place.start) + entry.addend) as u32;
        let written = bytes.get(entry.offset as usize..).ok_or("an address outside of its section")?;
        let found = match entry.ty {
            MemoryAddrI32 => u32::from_le_bytes([written[0], written[1], written[2], written[3]]),
            _ => (0..5).fold(0, |number, at| number | u32::from(written[at] & 127).unbounded_shl(7 * at as u32)),
        };
        if found != address {
            return Err(format!("{found} stands where the address {address} is said to be").into());
        }
        if section == wasm_encoder::SectionId::Code as u8 {
            self.meant.entry(address).or_default().insert(entry.index);
            return Ok(());
        }
        let offset = written.as_ptr() as usize - linked.as_ptr() as usize;
        let holder = segments.iter().find_map(|(range, data)| {
            let start = data.as_ptr() as usize - linked.as_ptr() as usize;
            (start..start + data.len()).contains(&offset).then(|| range.start + (offset - start) as u32)
        });
        let at = holder.ok_or("an address outside of all data")?;
        let holders = self.words.get(&(at / 4)).into_iter().flatten();
        let holders: Vec<u32> = holders.copied().filter(|holder| self.places[holder].contains(&at)).collect();
        if holders.is_empty() {
            self.loose.insert(entry.index);
        }
        for holder in holders {
            self.held.entry(holder).or_default().insert(entry.index);
        }
        Ok(())
    }

    /// Whether the constants are still where the linker put them.
    pub fn fit(&self, module: &Module<'_>) -> Result<bool> {
        for data in &module.data {
            let wasmparser::DataKind::Active { offset_expr, .. } = &data.kind else { continue };
            if constant(offset_expr)? == self.constants.start {
                return Ok(data.data.len() == self.constants.len());
            }
        }
        Ok(false)
    }

    /// The constants that code with these numbers does not need, in pieces.
    pub fn unneeded(&self, numbers: &BTreeSet<u32>) -> Vec<Range<u32>> {
        let mut needed = BTreeSet::new();
        let mut reached: Vec<u32> = self.loose.iter().copied().collect();
        for number in numbers {
            reached.extend(self.meant.get(number).into_iter().flatten());
        }
        // A number that is no known address may still be one.
        let unknown =
            numbers.iter().filter(|number| self.constants.contains(number) && !self.meant.contains_key(number));
        for number in unknown {
            reached.extend(self.words.get(&(number / 4)).into_iter().flatten());
        }
        while let Some(symbol) = reached.pop() {
            if needed.insert(symbol) {
                reached.extend(self.held.get(&symbol).into_iter().flatten());
            }
        }
        let mut free = vec![false; self.constants.len()];
        let mut mark = |of: &dyn Fn(&u32) -> bool, value: bool| {
            for (_, place) in self.places.iter().filter(|(symbol, _)| of(symbol)) {
                for address in place.clone().filter(|address| self.constants.contains(address)) {
                    free[(address - self.constants.start) as usize] = value;
                }
            }
        };
        mark(&|symbol| !needed.contains(symbol), true);
        mark(&|symbol| needed.contains(symbol), false);
        let mut pieces: Vec<Range<u32>> = Vec::new();
        for (address, _) in self.constants.clone().zip(&free).filter(|(_, free)| **free) {
            match pieces.last_mut() {
                Some(last) if last.end == address => last.end += 1,
                _ => pieces.push(address..address + 1),
            }
        }
        pieces
    }
}

/// Pieces with what is between near ones: writing constants once more changes nothing.
pub fn joined(pieces: &[Range<u32>]) -> Vec<Range<u32>> {
    let mut joined: Vec<Range<u32>> = Vec::new();
    for piece in pieces {
        match joined.last_mut() {
            Some(last) if piece.start - last.end <= NEAR => last.end = piece.end,
            _ => joined.push(piece.clone()),
        }
    }
    joined
}

/// All numbers in code that may be addresses.
#[derive(Default)]
pub struct Numbers(BTreeSet<u32>);

impl Numbers {
    pub fn of(bodies: &mut dyn Iterator<Item = &FunctionBody<'_>>) -> Result<BTreeSet<u32>> {
        let mut numbers = Numbers::default();
        for body in bodies {
            for operator in body.get_operators_reader()? {
                numbers.instruction(operator?).map_err(|error| format!("{error:?}"))?;
            }
        }
        Ok(numbers.0)
    }
}

impl Reencode for Numbers {
    type Error = std::convert::Infallible;

    fn mem_arg(&mut self, arg: MemArg) -> std::result::Result<wasm_encoder::MemArg, Error<Self::Error>> {
        self.0.insert(arg.offset as u32);
        utils::mem_arg(self, arg)
    }

    fn instruction<'a>(&mut self, operator: Operator<'a>) -> std::result::Result<Instruction<'a>, Error<Self::Error>> {
        if let Operator::I32Const { value } = operator {
            self.0.insert(value.cast_unsigned());
        }
        utils::instruction(self, operator)
    }
}

#[cfg(test)]
mod tests {
    use super::{Objects, joined};
    use std::collections::{BTreeMap, BTreeSet};

    /// Four objects of eight bytes; the first holds the address of the second.
    fn objects() -> Objects {
        let places: BTreeMap<u32, _> = (0..4).map(|symbol| (symbol, 100 + 8 * symbol..108 + 8 * symbol)).collect();
        let words = (25..33).map(|word| (word, vec![(word - 25) / 2])).collect();
        // The address of the third is written less eight, as for a table that starts at its second row.
        let meant = [(100, 0), (108, 1), (108, 2), (124, 3)];
        let mut objects = Objects { places, words, constants: 100..132, ..Objects::default() };
        for (number, symbol) in meant {
            objects.meant.entry(number).or_default().insert(symbol);
        }
        objects.held.insert(0, BTreeSet::from([1]));
        objects
    }

    #[test]
    fn code_needs_what_it_names_and_what_that_holds() {
        let unneeded = |numbers: &[u32]| {
            let pieces = objects().unneeded(&numbers.iter().copied().collect());
            pieces.iter().map(|piece| (piece.start, piece.end)).collect::<Vec<_>>()
        };
        assert_eq!(unneeded(&[]), [(100, 132)]);
        assert_eq!(unneeded(&[100, 7]), [(116, 132)]);
        assert_eq!(unneeded(&[124]), [(100, 124)]);
        // One number, two objects; and a number that the linker did not write.
        assert_eq!(unneeded(&[108]), [(100, 108), (124, 132)]);
        assert_eq!(unneeded(&[120]), [(100, 116), (124, 132)]);
    }

    #[test]
    fn near_pieces_are_one() {
        assert_eq!(joined(&[0..4, 8..12, 40..44]), [0..12, 40..44]);
    }
}
