//! Runs commands, one step after the other, and stops where one must wait.
//!
//! A shell may wait in the middle of anything (a `sleep` in a loop in a substitution), so what is under way is a stack of
//! [`Frame`]s, not the stack of this program.

use super::builtins::{self, Control};
use super::expand::{Env, Expander, matches, outputs, unalias};
pub use super::host::{Begun, Host, Input};
use super::output::Output;
use super::parse::parse;
use super::streams::Stream;
use super::syntax::{Command, Pipeline, Redirect, Script, Simple, Stage, When, Word};
use super::tools;
use std::collections::VecDeque;
use std::rc::Rc;

/// Steps after which a shell takes a rest, lest an endless loop holds up everything.
const BREATH: usize = 5_000;
/// How deep commands may call each other.
const DEEPEST: usize = 400;

/// What is under way.
pub(super) enum Frame {
    List {
        script: Script,
        at: usize,
    },
    Pipeline {
        pipeline: Rc<Pipeline>,
        at: usize,
    },
    For {
        name: String,
        values: VecDeque<String>,
        body: Script,
    },
    While {
        until: bool,
        condition: Script,
        body: Script,
        testing: bool,
        exit: i32,
    },
    If {
        arms: Rc<[(Script, Script)]>,
        otherwise: Script,
        at: usize,
    },
    /// Commands within words run first; then what the words are for is done.
    Expand {
        then: Then,
        scripts: VecDeque<Script>,
        outputs: VecDeque<String>,
    },
    /// A program of the host's runs.
    Program,
    /// `xargs`: commands to run.
    Each(VecDeque<Vec<String>>),
    /// What is printed is kept back.
    Capture(Purpose),
    /// Input for what is above.
    Feed,
    /// A shell of its own ends here.
    Subshell(Box<Env>),
}

pub(super) enum Then {
    Simple(Rc<Simple>),
    For { name: String, words: Rc<[Word]>, body: Script },
    Case { word: Rc<Word>, arms: Rc<[(Vec<Word>, Script)]> },
    Redirects { pipeline: Rc<Pipeline>, at: usize },
}

pub(super) enum Purpose {
    Pipe,
    Words,
    Redirects(Vec<Stream>),
}

/// A script that runs.
#[derive(Default)]
pub struct Machine {
    pub(super) frames: Vec<Frame>,
    pub(super) captures: Vec<Output>,
    inputs: Vec<Input>,
    /// What the last command of a pipeline printed, for the next one.
    pub(super) piped: Option<String>,
}

impl Machine {
    /// A script that is about to run.
    pub fn new(script: Script) -> Machine {
        Machine { frames: vec![Frame::List { script, at: 0 }], ..Machine::default() }
    }

    /// The same with something to read.
    pub fn with_input(script: Script, text: Option<String>) -> Machine {
        Machine { inputs: vec![Input { text }], ..Machine::new(script) }
    }

    /// Whether all commands have run.
    pub fn is_over(&self) -> bool {
        self.frames.iter().all(|frame| match frame {
            Frame::List { script, at } => *at >= script.len(),
            Frame::Pipeline { pipeline, at } => *at >= pipeline.stages.len(),
            _ => false,
        })
    }

    /// Goes on as far as it can, and says the exit code when all is over.
    pub fn poll(&mut self, env: &mut Env, host: &mut dyn Host, output: &mut Output) -> Option<i32> {
        for _ in 0..BREATH {
            if self.frames.is_empty() {
                return Some(env.exit);
            }
            if !self.step(env, host, output) {
                return None;
            }
        }
        host.rest(true);
        None
    }

    /// Where the command on top prints.
    pub(super) fn sink<'o>(captures: &'o mut [Output], output: &'o mut Output) -> &'o mut Output {
        captures.last_mut().unwrap_or(output)
    }

    /// One step; says whether to go on at once.
    fn step(&mut self, env: &mut Env, host: &mut dyn Host, output: &mut Output) -> bool {
        let Some(frame) = self.frames.last_mut() else { return true };
        match frame {
            Frame::List { script, at } => {
                let Some(item) = script.get(*at) else {
                    self.frames.pop();
                    return true;
                };
                *at += 1;
                let runs = match item.when {
                    When::Always => true,
                    When::IfOk => env.exit == 0,
                    When::IfFailed => env.exit != 0,
                };
                if runs && item.background {
                    let item = super::syntax::Item {
                        when: When::Always,
                        background: false,
                        pipeline: item.pipeline.clone(),
                        text: item.text.clone(),
                    };
                    let text = item.text.clone();
                    host.background(Rc::new([item]), &text, env, Self::sink(&mut self.captures, output));
                    env.exit = 0;
                } else if runs {
                    let pipeline = item.pipeline.clone();
                    self.frames.push(Frame::Pipeline { pipeline, at: 0 });
                }
            }
            Frame::Pipeline { pipeline, at } => {
                let (pipeline, place) = (pipeline.clone(), *at);
                *at += 1;
                match pipeline.stages.get(place) {
                    None => {
                        if pipeline.negated {
                            env.exit = i32::from(env.exit == 0);
                        }
                        self.frames.pop();
                    }
                    Some(stage) => self.begin_stage(&pipeline, place, stage, env),
                }
            }
            Frame::For { name, values, body } => match values.pop_front() {
                None => drop(self.frames.pop()),
                Some(value) => {
                    env.variables.insert(name.clone(), value);
                    let script = body.clone();
                    self.frames.push(Frame::List { script, at: 0 });
                }
            },
            Frame::While { until, condition, body, testing, exit } => {
                let script = if *testing {
                    if (env.exit == 0) == *until {
                        env.exit = *exit;
                        self.frames.pop();
                        return true;
                    }
                    body.clone()
                } else {
                    *exit = env.exit;
                    condition.clone()
                };
                *testing = !*testing;
                self.frames.push(Frame::List { script, at: 0 });
            }
            Frame::If { arms, otherwise, at } => {
                // After each condition its exit code is looked at.
                let held = *at > 0 && env.exit == 0;
                let script = match (held, arms.get(*at)) {
                    (true, _) => arms.get(*at - 1).map(|(_, body)| body.clone()),
                    (false, Some((condition, _))) => {
                        *at += 1;
                        let script = condition.clone();
                        self.frames.push(Frame::List { script, at: 0 });
                        return true;
                    }
                    (false, None) => Some(otherwise.clone()),
                };
                self.frames.pop();
                env.exit = 0;
                self.frames.extend(script.map(|script| Frame::List { script, at: 0 }));
            }
            Frame::Expand { scripts, .. } => match scripts.pop_front() {
                Some(script) => {
                    self.capture(Purpose::Words);
                    self.subshell(script, env);
                }
                None => return self.expanded(env, host, output),
            },
            Frame::Program => match host.poll(Self::sink(&mut self.captures, output)) {
                None => {
                    self.stream(host, env, output);
                    return false;
                }
                Some(exit) => {
                    env.exit = exit;
                    self.frames.pop();
                    return !host.rest(false);
                }
            },
            Frame::Each(calls) => match calls.pop_front() {
                None => drop(self.frames.pop()),
                Some(words) => return self.call(words, env, host, output),
            },
            Frame::Capture(_) => self.end_capture(host, env, output),
            Frame::Feed => {
                self.inputs.pop();
                self.frames.pop();
            }
            Frame::Subshell(before) => {
                let exit = env.exit;
                *env = (**before).clone();
                env.exit = exit;
                self.frames.pop();
            }
        }
        true
    }

    fn capture(&mut self, purpose: Purpose) {
        self.captures.push(Output::default());
        self.frames.push(Frame::Capture(purpose));
    }

    fn subshell(&mut self, script: Script, env: &Env) {
        self.frames.push(Frame::Subshell(Box::new(env.clone())));
        self.frames.push(Frame::List { script, at: 0 });
    }

    fn feed(&mut self, text: String) {
        self.inputs.push(Input { text: Some(text) });
        self.frames.push(Frame::Feed);
    }

    fn begin_stage(&mut self, pipeline: &Rc<Pipeline>, place: usize, stage: &Stage, env: &Env) {
        if place > 0 {
            let text = self.piped.take().unwrap_or_default();
            self.feed(text);
        }
        if place + 1 < pipeline.stages.len() {
            self.capture(Purpose::Pipe);
        }
        if stage.redirects.is_empty() {
            return self.begin_command(&stage.command, env);
        }
        let words = stage.redirects.iter().filter_map(|redirect| match redirect {
            Redirect::File { target, .. } | Redirect::Input(target) => Some(target),
            Redirect::Here(text) => text.get(),
            _ => None,
        });
        let scripts = outputs(words).into();
        let then = Then::Redirects { pipeline: pipeline.clone(), at: place };
        self.frames.push(Frame::Expand { then, scripts, outputs: VecDeque::new() });
    }

    fn begin_command(&mut self, command: &Command, env: &Env) {
        let frame = match command {
            Command::Simple(simple) => {
                let words = simple.assignments.iter().map(|(_, word)| word).chain(&simple.words);
                let scripts = outputs(words).into();
                Frame::Expand { then: Then::Simple(simple.clone()), scripts, outputs: VecDeque::new() }
            }
            Command::For { name, words, body } => Frame::Expand {
                scripts: outputs(words.iter()).into(),
                then: Then::For { name: name.clone(), words: words.clone(), body: body.clone() },
                outputs: VecDeque::new(),
            },
            Command::Case { word, arms } => Frame::Expand {
                scripts: outputs([&**word]).into(),
                then: Then::Case { word: word.clone(), arms: arms.clone() },
                outputs: VecDeque::new(),
            },
            Command::While { until, condition, body } => Frame::While {
                until: *until,
                condition: condition.clone(),
                body: body.clone(),
                testing: false,
                exit: 0,
            },
            Command::If { arms, otherwise } => Frame::If { arms: arms.clone(), otherwise: otherwise.clone(), at: 0 },
            Command::Group(script) => Frame::List { script: script.clone(), at: 0 },
            Command::Subshell(script) => return self.subshell(script.clone(), env),
        };
        self.frames.push(frame);
    }

    /// All commands within words have run. Says whether to go on at once.
    fn expanded(&mut self, env: &mut Env, host: &mut dyn Host, output: &mut Output) -> bool {
        let Some(Frame::Expand { then, outputs, .. }) = self.frames.pop() else { return true };
        let had_outputs = !outputs.is_empty();
        let here = env.clone();
        let mut files = |pattern: &str| host.files(pattern, &here);
        let mut expander = Expander { env, outputs, problem: None };
        let problem = match then {
            Then::For { name, words, body } => {
                let values = expander.words(&words, &mut files).into();
                let problem = expander.problem;
                self.frames.push(Frame::For { name, values, body });
                problem
            }
            Then::Case { word, arms } => {
                let text = expander.text(&word);
                let fits = |expander: &mut Expander<'_>, patterns: &[Word]| {
                    patterns.iter().any(|pattern| matches(&expander.text(pattern), &text))
                };
                let arm = arms.iter().find(|(patterns, _)| fits(&mut expander, patterns));
                let script = arm.map(|(_, script)| script.clone());
                let problem = expander.problem;
                env.exit = 0;
                self.frames.extend(script.map(|script| Frame::List { script, at: 0 }));
                problem
            }
            Then::Redirects { pipeline, at } => {
                if let Some(stage) = pipeline.stages.get(at) {
                    self.redirect(stage, expander, host, output);
                }
                return true;
            }
            Then::Simple(simple) => {
                let set: Vec<(String, String)> = simple
                    .assignments
                    .iter()
                    .map(|(name, word)| {
                        let value = expander.text(word);
                        // Later assignments of the same command see earlier ones.
                        if simple.words.is_empty() {
                            expander.env.variables.insert(name.clone(), value.clone());
                        }
                        (name.clone(), value)
                    })
                    .collect();
                let mut words = expander.words(&simple.words, &mut files);
                let problem = expander.problem;
                if problem.is_none() {
                    if words.is_empty() {
                        env.exit = if had_outputs { env.exit } else { 0 };
                        return true;
                    }
                    unalias(&simple, &mut words, env);
                    let before: Vec<Option<String>> =
                        set.iter().map(|(name, value)| env.variables.insert(name.clone(), value.clone())).collect();
                    let goes_on = self.call(words, env, host, output);
                    // A script that was begun keeps them to its end; then the shell has what it had before.
                    let after = match self.frames.as_mut_slice() {
                        [.., Frame::Subshell(after), Frame::List { at: 0, .. }] => &mut **after,
                        _ => env,
                    };
                    for ((name, _), before) in set.iter().zip(before) {
                        match before {
                            Some(value) => drop(after.variables.insert(name.clone(), value)),
                            None => drop(after.variables.remove(name)),
                        }
                    }
                    return goes_on;
                }
                problem
            }
        };
        if let Some(problem) = problem {
            let shell = if env.bash { "bash" } else { "sh" };
            Self::sink(&mut self.captures, output).err_line(format!("{shell}: {problem}"));
            env.exit = 1;
        }
        true
    }

    /// Opens the files of a stage and begins its command.
    fn redirect(&mut self, stage: &Stage, mut expander: Expander<'_>, host: &mut dyn Host, output: &mut Output) {
        let mut streams = Vec::new();
        let mut input = None;
        for redirect in &stage.redirects {
            match redirect {
                Redirect::File { stream, append, target } => {
                    let path = expander.text(target);
                    streams.push(Stream::File { stream: *stream, append: *append, path });
                }
                Redirect::ErrorToOutput => streams.push(Stream::ErrorToOutput),
                Redirect::OutputToError => streams.push(Stream::OutputToError),
                Redirect::Here(text) => input = text.get().map(|word| expander.text(word)),
                Redirect::Input(target) => {
                    let path = expander.text(target);
                    match host.read(&path, expander.env) {
                        Ok(text) => input = Some(text),
                        Err(why) => {
                            let shell = if expander.env.bash { "bash" } else { "sh" };
                            Self::sink(&mut self.captures, output).err_line(format!("{shell}: {path}: {why}"));
                            expander.env.exit = 1;
                            return;
                        }
                    }
                }
            }
        }
        if let Some(text) = input {
            self.feed(text);
        }
        if !streams.is_empty() {
            self.capture(Purpose::Redirects(streams));
        }
        self.begin_command(&stage.command, expander.env);
    }

    /// Runs a command whose words are known. Says whether to go on at once.
    pub(super) fn call(&mut self, words: Vec<String>, env: &mut Env, host: &mut dyn Host, output: &mut Output) -> bool {
        let sink = Self::sink(&mut self.captures, output);
        let mut nothing = Input::default();
        let input = self.inputs.last_mut().unwrap_or(&mut nothing);
        sink.begin_command();
        if let Some(control) = builtins::run(&words, input, env, host, sink) {
            match control {
                Control::Exit(exit) => env.exit = exit,
                Control::Leave(exit) => {
                    env.exit = exit;
                    self.unwind(|frame| matches!(frame, Frame::Subshell(_)), false, env, host, output);
                    env.left = self.frames.is_empty();
                }
                Control::Break(levels) | Control::Continue(levels) => {
                    let over = matches!(control, Control::Break(_));
                    for level in 0..levels {
                        let inner = level + 1 < levels;
                        let is_loop = |frame: &Frame| matches!(frame, Frame::For { .. } | Frame::While { .. });
                        self.unwind(is_loop, over || inner, env, host, output);
                    }
                    if let (false, Some(Frame::While { testing, .. })) = (over, self.frames.last_mut()) {
                        *testing = false;
                    }
                    env.exit = 0;
                }
                Control::Eval(text) => self.eval(&text, env),
            }
            return true;
        }
        match host.start(&words, input, env, sink) {
            Begun::Done(exit) => {
                env.exit = exit;
                !host.rest(false)
            }
            Begun::Running => {
                self.frames.push(Frame::Program);
                true
            }
            Begun::NotFound(text) => {
                sink.err_line(text);
                env.exit = 127;
                true
            }
            Begun::Script(text, arguments) => {
                if self.frames.len() > DEEPEST {
                    sink.err_line("sh: maximum nesting level exceeded");
                    env.exit = 1;
                    return true;
                }
                match parse(&text) {
                    Ok(script) => {
                        self.subshell(script, env);
                        env.arguments = arguments;
                    }
                    Err(error) => {
                        sink.err_line(format!("{}: {error}", arguments.first().map_or("sh", String::as_str)));
                        env.exit = 2;
                    }
                }
                true
            }
            Begun::Tool => {
                if let Some(("xargs", args)) = words.split_first().map(|(name, args)| (name.as_str(), args)) {
                    let text = input.text.take().unwrap_or_default();
                    let calls = tools::xargs(args, &text);
                    env.exit = 0;
                    self.frames.push(Frame::Each(calls.into()));
                    return true;
                }
                env.exit = tools::run(&words, input, env, host, sink);
                true
            }
        }
    }

    fn eval(&mut self, text: &str, env: &mut Env) {
        match parse(text) {
            Ok(script) => self.frames.push(Frame::List { script, at: 0 }),
            Err(_) => env.exit = 2,
        }
    }

    /// Ends frames down to one, and that one too if it is to be over.
    fn unwind(
        &mut self,
        until: impl Fn(&Frame) -> bool,
        over: bool,
        env: &mut Env,
        host: &mut dyn Host,
        output: &mut Output,
    ) {
        while let Some(frame) = self.frames.last() {
            if until(frame) {
                if over {
                    self.frames.pop();
                }
                return;
            }
            match frame {
                Frame::Capture(_) => self.end_capture(host, env, output),
                Frame::Feed => {
                    self.inputs.pop();
                    self.frames.pop();
                }
                _ => drop(self.frames.pop()),
            }
        }
    }
}
