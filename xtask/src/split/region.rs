//! A piece of a function that was never entered, with all that follows it in its block, becomes a function of its own, which gets the
//! locals it reads as parameters and answers those it changed, and where to go on.

use super::blocks::Code;
use super::instructions;
use super::live::{Liveness, Locals, Nesting};
use super::read::Module;
use crate::Result;
use wasm_encoder::{BlockType, Function, Instruction, ValType};
use wasmparser::{FuncToValidate, Operator, ValidatorResources};

/// What a function of its own must save, in bytes: less costs more in the rest than it saves in the first part.
const GAIN: usize = 4;

/// A part of a function that becomes a function: the instructions from `start` to before `end`.
struct Region {
    start: usize,
    end: usize,
    /// Whether it can run to its end and go on with the instruction there.
    falls: bool,
    /// The number of blocks around it.
    depth: u32,
    exits: Vec<Exit>,
    inputs: Vec<u32>,
    outputs: Vec<u32>,
}

/// How a region is left.
#[derive(Clone, Copy, PartialEq)]
enum Exit {
    /// At its end.
    Fall,
    /// To a label outside, counted from the region's own block.
    Label(u32),
    Return,
}

/// A function that was made of a region.
pub struct Outlined {
    pub params: Vec<ValType>,
    pub results: Vec<ValType>,
    pub body: Function,
}

/// The body of a function without its regions, and these. `ran` tells which pieces ran; new functions count from `next`.
pub fn outline(
    module: &Module<'_>,
    index: u32,
    to_validate: FuncToValidate<ValidatorResources>,
    body: &wasmparser::FunctionBody<'_>,
    code: &Code<'_>,
    ran: &dyn Fn(usize) -> bool,
    next: u32,
) -> Result<(Function, Vec<Outlined>)> {
    let signature = &module.signatures[module.functions[index as usize] as usize];
    let work = Work::new(signature, to_validate, body, code)?;
    let regions = work.regions(ran)?;
    let mut made = Vec::new();
    let mut locals = work.declared.clone();
    let first_scratch = work.types.len() as u32;
    // Where to go on, and what the whole function answers.
    locals.push((1, ValType::I32));
    locals.extend(work.result.map(|kind| (1, kind)));
    if regions.is_empty() {
        locals = work.declared.clone();
    }
    let mut function = Function::new(locals);
    let mut index = 0;
    for region in &regions {
        for operator in &code.operators[index..region.start] {
            function.instruction(&instructions::same(operator)?);
        }
        work.call(&mut function, region, next + made.len() as u32, first_scratch);
        made.push(work.made_of(region)?);
        index = region.end;
        // What follows is never reached; it would have to be valid all the same.
        if !region.falls {
            index = work.block_end(region.end);
        }
    }
    for operator in &code.operators[index..] {
        function.instruction(&instructions::same(operator)?);
    }
    Ok((function, made))
}

/// A function under work.
struct Work<'a, 'b> {
    code: &'a Code<'b>,
    nesting: Nesting,
    /// The height of the operand stack before an instruction, over that of its block; `None` where nothing arrives.
    heights: Vec<Option<u32>>,
    /// The types of its locals, parameters first.
    types: Vec<ValType>,
    declared: Vec<(u32, ValType)>,
    result: Option<ValType>,
}

impl<'a, 'b> Work<'a, 'b> {
    fn new(
        signature: &wasmparser::FuncType,
        to_validate: FuncToValidate<ValidatorResources>,
        body: &wasmparser::FunctionBody<'b>,
        code: &'a Code<'b>,
    ) -> Result<Self> {
        let mut validator = to_validate.into_validator(Default::default());
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader)?;
        let mut heights = Vec::with_capacity(code.operators.len());
        for operator in &code.operators {
            let frame = validator.get_control_frame(0);
            heights.push(frame.and_then(|frame| {
                let height = validator.operand_stack_height() as usize;
                (!frame.unreachable).then(|| height.saturating_sub(frame.height) as u32)
            }));
            validator.op(1, operator)?;
        }
        let mut types = Vec::new();
        for kind in signature.params() {
            types.push(instructions::value(*kind)?);
        }
        let mut declared = Vec::new();
        for local in body.get_locals_reader()? {
            let (count, kind) = local?;
            let kind = instructions::value(kind)?;
            declared.push((count, kind));
            types.extend((0..count).map(|_| kind));
        }
        let result = signature.results().first().map(|kind| instructions::value(*kind)).transpose()?;
        Ok(Work { code, nesting: Nesting::of(&code.operators), heights, types, declared, result })
    }

    fn opens(&self, index: usize) -> bool {
        matches!(self.code.operators[index], Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. })
    }

    /// The `end` or `else` of the block in which an instruction is.
    fn block_end(&self, mut index: usize) -> usize {
        while !matches!(self.code.operators[index], Operator::End | Operator::Else) {
            index = if self.opens(index) { self.nesting.end[index] + 1 } else { index + 1 };
        }
        index
    }

    /// What is worth a function of its own.
    fn regions(&self, ran: &dyn Fn(usize) -> bool) -> Result<Vec<Region>> {
        let operators = &self.code.operators;
        let mut regions = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut index = 0;
        while index < operators.len() {
            if self.code.starts[index].is_some_and(|piece| !ran(piece)) {
                let end = self.block_end(index);
                if let Some(region) = self.region(index, end, &open) {
                    regions.push(region);
                    index = end;
                }
            }
            match &operators[index] {
                Operator::End => {
                    open.pop();
                }
                _ if self.opens(index) => open.push(index),
                _ => {}
            }
            index += 1;
        }
        self.flows(&mut regions);
        regions.retain(|region| self.worth(region));
        Ok(regions)
    }

    /// The region of a piece that did not run, in a block that ends at `block_end`, inside of the blocks `open`.
    fn region(&self, piece: usize, block_end: usize, open: &[usize]) -> Option<Region> {
        let operators = &self.code.operators;
        // What the region leaves on the stack must be its own.
        let mut start = piece;
        while self.heights[start] != Some(0) {
            start = if self.opens(start) { self.nesting.end[start] + 1 } else { start + 1 };
            if start >= block_end {
                return None;
            }
        }
        let mut end = start;
        let mut falls = true;
        while end < block_end {
            let last = &operators[end];
            end = if self.opens(end) { self.nesting.end[end] + 1 } else { end + 1 };
            if matches!(last, Operator::Br { .. } | Operator::BrTable { .. } | Operator::Return | Operator::Unreachable)
            {
                falls = false;
                break;
            }
        }
        if falls && self.heights[end].is_none() {
            falls = false;
        }
        let depth = open.len() as u32;
        let mut region =
            Region { start, end, falls, depth, exits: Vec::new(), inputs: Vec::new(), outputs: Vec::new() };
        // Falling out of a block that answers a value, or of the function's own.
        if falls && self.heights[end] != Some(0) {
            if depth > 0 {
                return None;
            }
            region.exits.push(Exit::Return);
        } else if falls {
            region.exits.push(self.fall(open));
        }
        let mut nested = 0;
        for operator in &operators[start..end] {
            let mut targets = Vec::new();
            match operator {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => nested += 1,
                Operator::End => nested -= 1,
                Operator::Return => region.exits.push(Exit::Return),
                Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => targets.push(*relative_depth),
                Operator::BrTable { targets: table } => {
                    targets.push(table.default());
                    targets.extend(table.targets().flatten());
                }
                _ => {}
            }
            for target in targets.into_iter().filter(|target| *target >= nested) {
                let exit = self.leave(target - nested, open)?;
                region.exits.push(exit);
            }
        }
        let mut exits: Vec<Exit> = Vec::new();
        for exit in region.exits {
            if !exits.contains(&exit) {
                exits.push(exit);
            }
        }
        region.exits = exits;
        (region.exits.len() <= 6).then_some(region)
    }

    /// Falling to the end of a loop leaves it, while branching to it starts it again.
    fn fall(&self, open: &[usize]) -> Exit {
        match open.last() {
            Some(last) if matches!(self.code.operators[*last], Operator::Loop { .. }) => Exit::Fall,
            Some(_) => Exit::Label(0),
            None => Exit::Return,
        }
    }

    /// The exit to the label of a block around; `None` when that takes values with it.
    fn leave(&self, label: u32, open: &[usize]) -> Option<Exit> {
        let Some(at) = open.len().checked_sub(1 + label as usize) else {
            return self.result.is_none().then_some(Exit::Return);
        };
        match self.code.operators[open[at]] {
            Operator::Loop { .. } | Operator::Block { blockty: wasmparser::BlockType::Empty } => {
                Some(Exit::Label(label))
            }
            Operator::If { blockty: wasmparser::BlockType::Empty } => Some(Exit::Label(label)),
            _ => None,
        }
    }

    /// What goes into each region and what comes out.
    fn flows(&self, regions: &mut [Region]) {
        let operators = &self.code.operators;
        let mut liveness = Liveness::new(operators, &self.nesting, vec![Locals::default()]);
        for region in regions.iter() {
            liveness.watched[region.end - 1] = true;
        }
        liveness.before(0, operators.len() - 1, Locals::default());
        let seen = std::mem::take(&mut liveness.seen);
        for region in regions {
            let Some((after, labels)) = &seen[region.end - 1] else { continue };
            let at = |exit: &Exit| match exit {
                Exit::Fall => after.clone(),
                Exit::Label(label) => labels[labels.len() - 1 - *label as usize].clone(),
                Exit::Return => Locals::default(),
            };
            let mut written = Locals::default();
            for operator in &operators[region.start..region.end] {
                if let Operator::LocalSet { local_index } | Operator::LocalTee { local_index } = operator {
                    written.insert(*local_index);
                }
            }
            let kept = |live: &Locals| {
                let mut kept = Locals::default();
                live.iter().filter(|local| written.contains(*local)).for_each(|local| kept.insert(local));
                kept
            };
            let mut outputs = Locals::default();
            for exit in &region.exits {
                outputs.add(&kept(&at(exit)));
            }
            let mut inner = Liveness::new(operators, &self.nesting, labels.iter().map(kept).collect());
            let inputs =
                inner.before(region.start, region.end, if region.falls { kept(after) } else { Locals::default() });
            region.outputs = outputs.iter().collect();
            region.inputs = inputs.iter().collect();
        }
    }

    /// Whether a region saves more than its call costs.
    fn worth(&self, region: &Region) -> bool {
        let size: usize = self.code.operators[region.start..region.end].iter().map(instructions::size).sum();
        let call = 6 + 2 * region.inputs.len() + 2 * region.outputs.len() + 6 * region.exits.len();
        size > call + GAIN && region.outputs.len() <= 8
    }

    /// The value that the whole function answers goes through the region's results.
    fn answers(&self, region: &Region) -> Option<ValType> {
        self.result.filter(|_| region.exits.contains(&Exit::Return))
    }

    /// The results of a region's function: where to go on, unless there is one way; the locals; the answer of the whole.
    fn results(&self, region: &Region) -> Vec<ValType> {
        let code = (region.exits.len() > 1).then_some(ValType::I32);
        let outputs = region.outputs.iter().map(|local| self.types[*local as usize]);
        code.into_iter().chain(outputs).chain(self.answers(region)).collect()
    }

    /// The call that stands where the region was.
    fn call(&self, function: &mut Function, region: &Region, callee: u32, scratch: u32) {
        for local in &region.inputs {
            function.instruction(&Instruction::LocalGet(*local));
        }
        function.instruction(&Instruction::Call(callee));
        if let [Exit::Return] = region.exits[..] {
            function.instruction(&Instruction::Return);
            return;
        }
        if self.answers(region).is_some() {
            function.instruction(&Instruction::LocalSet(scratch + 1));
        }
        for local in region.outputs.iter().rev() {
            function.instruction(&Instruction::LocalSet(*local));
        }
        let Some((first, others)) = region.exits.split_first() else {
            function.instruction(&Instruction::Unreachable);
            return;
        };
        if !others.is_empty() {
            function.instruction(&Instruction::LocalSet(scratch));
        }
        for (number, exit) in (1..).zip(others) {
            function.instruction(&Instruction::LocalGet(scratch));
            if others.len() > 1 {
                function.instruction(&Instruction::I32Const(number));
                function.instruction(&Instruction::I32Eq);
            }
            match exit {
                Exit::Label(label) => {
                    function.instruction(&Instruction::BrIf(*label));
                }
                Exit::Return => {
                    function.instruction(&Instruction::If(BlockType::Empty));
                    self.go(function, region, *exit, scratch);
                    function.instruction(&Instruction::End);
                }
                // It stands first.
                Exit::Fall => {}
            }
        }
        self.go(function, region, *first, scratch);
    }

    fn go(&self, function: &mut Function, region: &Region, exit: Exit, scratch: u32) {
        match exit {
            Exit::Label(0) if region.falls && region.exits[0] == exit => {}
            Exit::Label(label) => {
                function.instruction(&Instruction::Br(label));
            }
            Exit::Return => {
                if self.result.is_some() {
                    function.instruction(&Instruction::LocalGet(scratch + 1));
                }
                function.instruction(&Instruction::Return);
            }
            Exit::Fall => {}
        }
    }

    /// The function of a region.
    fn made_of(&self, region: &Region) -> Result<Outlined> {
        let operators = &self.code.operators[region.start..region.end];
        let mut names = vec![None; self.types.len()];
        for (new, local) in (0..).zip(&region.inputs) {
            names[*local as usize] = Some(new);
        }
        let params: Vec<ValType> = region.inputs.iter().map(|local| self.types[*local as usize]).collect();
        let mut declared: Vec<ValType> = Vec::new();
        let mut used: Vec<u32> = region.outputs.clone();
        for operator in operators {
            if let Operator::LocalGet { local_index }
            | Operator::LocalSet { local_index }
            | Operator::LocalTee { local_index } = operator
            {
                used.push(*local_index);
            }
        }
        used.retain(|local| names[*local as usize].is_none());
        used.sort_unstable_by_key(|local| (instructions::order(self.types[*local as usize]), *local));
        used.dedup();
        for local in used {
            names[local as usize] = Some((params.len() + declared.len()) as u32);
            declared.push(self.types[local as usize]);
        }
        let answer = (params.len() + declared.len()) as u32;
        let alone = matches!(region.exits[..], [Exit::Return]);
        if let Some(kind) = self.answers(region).filter(|_| !alone) {
            declared.push(kind);
        }

        let mut body = Function::new_with_locals_types(declared);
        let exits = if alone { &[][..] } else { &region.exits[..] };
        for _ in exits {
            body.instruction(&Instruction::Block(BlockType::Empty));
        }
        let exit_depth = |exit: Exit| exits.iter().position(|known| *known == exit).unwrap_or_default() as u32;
        let mut nested = 0;
        let target = |label: u32, nested: u32| match label.checked_sub(nested) {
            None => Some(label),
            // The label of the function itself: its end.
            Some(outside) if outside >= region.depth && alone => None,
            Some(outside) if outside >= region.depth => Some(nested + exit_depth(Exit::Return)),
            Some(outside) => Some(nested + exit_depth(Exit::Label(outside))),
        };
        for operator in operators {
            match operator {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => nested += 1,
                Operator::End => nested -= 1,
                _ => {}
            }
            let local = |index: &u32| names[*index as usize].unwrap_or(u32::MAX);
            let out = |label: u32| target(label, nested).unwrap_or(nested);
            let instruction = match operator {
                Operator::LocalGet { local_index } => Instruction::LocalGet(local(local_index)),
                Operator::LocalSet { local_index } => Instruction::LocalSet(local(local_index)),
                Operator::LocalTee { local_index } => Instruction::LocalTee(local(local_index)),
                Operator::Br { relative_depth } => Instruction::Br(out(*relative_depth)),
                Operator::BrIf { relative_depth } => Instruction::BrIf(out(*relative_depth)),
                Operator::BrTable { targets } => {
                    let table = targets.targets().flatten().map(out).collect::<Vec<_>>();
                    Instruction::BrTable(table.into(), out(targets.default()))
                }
                Operator::Return if !alone => {
                    if self.result.is_some() {
                        body.instruction(&Instruction::LocalSet(answer));
                    }
                    Instruction::Br(nested + exit_depth(Exit::Return))
                }
                other => instructions::same(other)?,
            };
            body.instruction(&instruction);
        }
        if exits.is_empty() {
            if !region.falls {
                body.instruction(&Instruction::Unreachable);
            }
        } else if region.falls {
            let fall = region.exits[0];
            if fall == Exit::Return && self.result.is_some() {
                body.instruction(&Instruction::LocalSet(answer));
            }
            body.instruction(&Instruction::Br(exit_depth(fall)));
        } else {
            body.instruction(&Instruction::Unreachable);
        }
        for number in 0..exits.len() {
            body.instruction(&Instruction::End);
            if exits.len() > 1 {
                body.instruction(&Instruction::I32Const(number as i32));
            }
            for local in &region.outputs {
                body.instruction(&Instruction::LocalGet(names[*local as usize].unwrap_or(u32::MAX)));
            }
            if self.answers(region).is_some() {
                body.instruction(&Instruction::LocalGet(answer));
            }
            if number + 1 < exits.len() {
                body.instruction(&Instruction::Return);
            }
        }
        body.instruction(&Instruction::End);
        Ok(Outlined { params, results: self.results(region), body })
    }
}
