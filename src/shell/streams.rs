//! Where what commands print goes: files, other streams, and filters that work while more is to come.

use super::expand::{Env, Expander, outputs};
use super::host::{Host, Input};
use super::machine::{Frame, Machine, Purpose};
use super::output::{Output, Piece};
use super::syntax::{Command, Stage};
use super::tools;
use std::collections::VecDeque;

/// A redirection whose file is known.
pub(super) enum Stream {
    File { stream: u8, append: bool, path: String },
    ErrorToOutput,
    OutputToError,
}

impl Machine {
    /// What was kept back goes where it belongs.
    pub(super) fn end_capture(&mut self, host: &mut dyn Host, env: &mut Env, output: &mut Output) {
        let (Some(Frame::Capture(purpose)), Some(mut kept)) = (self.frames.pop(), self.captures.pop()) else { return };
        match purpose {
            Purpose::Pipe => {
                self.piped = Some(kept.take_out());
                Self::sink(&mut self.captures, output).append(&mut kept);
            }
            Purpose::Words => {
                let text = kept.take_out();
                Self::sink(&mut self.captures, output).append(&mut kept);
                if let Some(Frame::Expand { outputs, .. }) = self.frames.last_mut() {
                    outputs.push_back(text);
                }
            }
            Purpose::Redirects(streams) => {
                let sink = Self::sink(&mut self.captures, output);
                if let Err((path, why)) = spread(kept, &streams, host, env, sink) {
                    let shell = if env.bash { "bash" } else { "sh" };
                    sink.err_line(format!("{shell}: {path}: {why}"));
                    env.exit = 1;
                }
            }
        }
    }

    /// A program that goes on (`logs -f`, `get -w`) and prints into filters that work line by line: what it has printed so
    /// far passes through them.
    pub(super) fn stream(&mut self, host: &mut dyn Host, env: &mut Env, output: &mut Output) {
        let [.., Frame::Pipeline { pipeline, at }, Frame::Capture(Purpose::Pipe), Frame::Program] =
            self.frames.as_slice()
        else {
            return;
        };
        let Some(kept) = self.captures.last_mut() else { return };
        let later: Vec<Vec<String>> =
            pipeline.stages.iter().skip(*at).filter_map(|stage| streaming(stage, env)).collect();
        if later.len() != pipeline.stages.len().saturating_sub(*at) {
            return;
        }
        let mut text = kept.take_out();
        let Some(end) = text.rfind('\n') else {
            kept.out(text);
            return;
        };
        let rest = text.split_off(end + 1);
        let mut errors = std::mem::take(kept);
        if !rest.is_empty() {
            kept.out(rest);
        }
        for words in later {
            let mut printed = Output::default();
            tools::run(&words, &mut Input { text: Some(text) }, env, host, &mut printed);
            text = printed.take_out();
        }
        let (_, outer) =
            self.captures.split_last_mut().map_or((None, &mut [][..]), |(last, outer)| (Some(last), outer));
        let sink = Self::sink(outer, output);
        sink.append(&mut errors);
        if !text.is_empty() {
            sink.out(text);
        }
    }
}

/// The words of a stage that is a filter that works line by line, if there is nothing in them to run.
pub(super) fn streaming(stage: &Stage, env: &mut Env) -> Option<Vec<String>> {
    let Command::Simple(simple) = &stage.command else { return None };
    if !stage.redirects.is_empty() || !outputs(&simple.words).is_empty() {
        return None;
    }
    let mut expander = Expander { env, outputs: VecDeque::new(), problem: None };
    let words = expander.words(&simple.words, &mut |_| Vec::new());
    tools::is_streaming(&words).then_some(words)
}

/// Hands what was printed to where redirections send it.
pub(super) fn spread<'s>(
    kept: Output,
    streams: &'s [Stream],
    host: &mut dyn Host,
    env: &Env,
    sink: &mut Output,
) -> Result<(), (&'s str, &'static str)> {
    /// A place of `streams`, or a stream of the outer command.
    #[derive(Clone, Copy, PartialEq)]
    enum To {
        Out,
        Err,
        File(usize),
    }
    let (mut out, mut err) = (To::Out, To::Err);
    for (place, stream) in streams.iter().enumerate() {
        match stream {
            Stream::File { stream, .. } => {
                let to = To::File(place);
                out = if *stream == 2 { out } else { to };
                err = if *stream == 1 { err } else { to };
            }
            Stream::ErrorToOutput => err = out,
            Stream::OutputToError => out = err,
        }
    }
    let mut files = vec![String::new(); streams.len()];
    for piece in kept.pieces {
        let (to, text) = match piece {
            Piece::Out(text) => (out, text),
            Piece::Err(text) => (err, text),
            hint => {
                sink.pieces.push(hint);
                continue;
            }
        };
        match to {
            To::Out => sink.out(text),
            To::Err => sink.pieces.push(Piece::Err(text)),
            To::File(place) => files[place].push_str(&text),
        }
    }
    for (stream, text) in streams.iter().zip(files) {
        if let Stream::File { append, path, .. } = stream
            && path != "/dev/null"
        {
            match path.as_str() {
                "/dev/stdout" => sink.out(text),
                "/dev/stderr" => sink.pieces.push(Piece::Err(text)),
                path => host.write(path, &text, *append, env).map_err(|why| (path, why))?,
            }
        }
    }
    Ok(())
}
