//! Programs inside a container: the network ones, and a handful that only look at the pod.

use crate::api::kinds::Key;
use crate::api::objects::Pod;
use crate::base::time::SimTime;
use crate::base::{Value, text::go_quote};
use crate::kubectl::exec::{Output, Process};
use crate::kubectl::lexer::{self, When};
use crate::network::route::{self, Client};
use crate::network::view;
use crate::sim::Engine;
use std::collections::BTreeMap;

/// Where a program runs.
pub(in crate::kubectl) struct Container {
    /// The pod.
    pub(in crate::kubectl) key: Key,
    /// The container.
    pub(in crate::kubectl) name: String,
}

/// Runs a command in a container, at once; its output is to be shown when it ends.
pub(in crate::kubectl) fn run(container: &Container, command: &[String], engine: &mut Engine) -> Ends {
    let mut output = Output::default();
    let start = engine.now();
    let mut inside = Inside { container, engine, at: start };
    let exit = inside.program(command, &mut output);
    Ends { exit, at: inside.at, output }
}

/// A program whose end is known.
pub(in crate::kubectl) struct Ends {
    /// What it prints.
    pub(in crate::kubectl) output: Output,
    /// Its exit code.
    pub(in crate::kubectl) exit: i32,
    /// When it ends.
    pub(in crate::kubectl) at: SimTime,
}

impl Process for Ends {
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        if engine.now() < self.at {
            return None;
        }
        output.pieces.append(&mut self.output.pieces);
        Some(self.exit)
    }

    fn wakes_at(&self) -> Option<SimTime> {
        Some(self.at)
    }
}

struct Inside<'a> {
    container: &'a Container,
    engine: &'a mut Engine,
    /// When the program that runs now began.
    at: SimTime,
}

impl Inside<'_> {
    fn pod(&self) -> Option<Pod> {
        self.engine.world().api.store().pod(&self.container.key).cloned()
    }

    fn client(&self) -> Client {
        let key = &self.container.key;
        Client::Pod(view::Key::new(&key.namespace, &key.name))
    }

    fn program(&mut self, command: &[String], output: &mut Output) -> i32 {
        let Some((program, args)) = command.split_first() else { return 0 };
        let name = program.rsplit('/').next().unwrap_or(program);
        match name {
            "sh" | "bash" | "ash" => self.shell(args, output),
            "hostname" => {
                let view_key = view::Key::new(&self.container.key.namespace, &self.container.key.name);
                let pod = self.engine.network().pod(&view_key).cloned();
                output.line(pod.map_or_else(|| self.container.key.name.to_string(), |pod| pod.host_name().to_owned()));
                0
            }
            "echo" => {
                output.line(args.join(" "));
                0
            }
            "env" | "printenv" => {
                for (key, value) in self.environment() {
                    output.line(format!("{key}={value}"));
                }
                0
            }
            "cat" if args.iter().any(|file| file == "/etc/resolv.conf") => {
                let client = self.client();
                if let Some((conf, _)) = route::resolver(self.engine.network(), &client, 0) {
                    output.out(conf.to_string());
                }
                0
            }
            "cat" if args.iter().any(|file| file == "/etc/hosts") => {
                let key = view::Key::new(&self.container.key.namespace, &self.container.key.name);
                let network = self.engine.network();
                let text = network.pod(&key).map(|pod| pod.hosts_file(&network.config.domain));
                output.out(text.unwrap_or_default());
                0
            }
            "cat" => {
                for file in args {
                    output.err_line(format!("cat: {file}: No such file or directory"));
                }
                i32::from(!args.is_empty())
            }
            "sleep" => {
                let seconds: f64 = args.first().and_then(|text| text.trim_end_matches('s').parse().ok()).unwrap_or(0.0);
                let span = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default();
                self.at = self.at.after(span);
                0
            }
            "true" => 0,
            "false" => 1,
            _ => self.network_program(name, args, output),
        }
    }

    fn network_program(&mut self, name: &str, args: &[String], output: &mut Output) -> i32 {
        let client = self.client();
        let words: Vec<&str> = std::iter::once(name).chain(args.iter().map(String::as_str)).collect();
        let Some(run) = self.engine.program(&client, &words) else {
            output.err_line(format!(
                "error: Internal error occurred: error executing command in container: failed to exec in container: OCI \
                 runtime exec failed: exec failed: unable to start container process: exec: {}: executable file not found \
                 in $PATH: unknown",
                go_quote(name)
            ));
            return 127;
        };
        self.at = self.at.after(run.took);
        if !run.stdout.is_empty() {
            output.out(run.stdout);
        }
        if !run.stderr.is_empty() {
            output.pieces.push(crate::kubectl::exec::Piece::Err(run.stderr));
        }
        i32::from(run.exit)
    }

    /// `sh -c '…'`: commands joined by `;`, `&&` and `||`.
    fn shell(&mut self, args: &[String], output: &mut Output) -> i32 {
        let ["-c", script, ..] = args.iter().map(String::as_str).collect::<Vec<_>>()[..] else { return 0 };
        let variables: BTreeMap<String, String> = self.environment().into_iter().collect();
        let Ok(pipelines) = lexer::lex(script, &variables) else {
            output.err_line("sh: syntax error");
            return 2;
        };
        let mut exit = 0;
        for pipeline in pipelines {
            let runs = match pipeline.when {
                When::Always => true,
                When::IfOk => exit == 0,
                When::IfFailed => exit != 0,
            };
            if runs && let Some(command) = pipeline.commands.first() {
                exit = self.program(&command.words, output);
            }
        }
        exit
    }

    /// The variables that the container's spec sets to plain values.
    fn environment(&self) -> Vec<(String, String)> {
        let Some(pod) = self.pod() else { return Vec::new() };
        let mut variables = vec![("HOSTNAME".to_owned(), pod.meta.name.to_string())];
        let container = pod.spec.containers.iter().find(|container| *container.name == *self.container.name);
        let text = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
        for one in container.map_or(&[][..], |container| container.env.as_slice()) {
            variables.extend(text(one, "name").zip(text(one, "value")));
        }
        variables
    }
}
