//! `kubectl logs`: what containers have printed, and with `-f` what they print.
//!
//! Models `kubectl/pkg/cmd/logs/logs.go`, `polymorphichelpers/logsforobject.go`, and `validateContainerLogStatus` of
//! `pkg/kubelet/kubelet_pods.go`.

use super::{Context, fail, pods};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Object, Pod};
use crate::apiserver::Status;
use crate::base::text::go_quote;
use crate::base::time::{Duration, SimTime, Timestamp};
use crate::kubectl::client::{Client, Filter};
use crate::kubectl::exec::{Exec, Output, Process};
use crate::kubectl::failure::Failure;
use crate::kubectl::logs::{Life, Source};
use crate::kubelet::script::Line;
use crate::sim::Engine;

const USAGE: &str = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument \
                     for the logs command";

/// What is to be shown of a log.
#[derive(Clone)]
struct Options {
    follow: bool,
    previous: bool,
    timestamps: bool,
    prefix: bool,
    ignore_errors: bool,
    tail: Option<usize>,
    since: Option<SimTime>,
    limit: Option<usize>,
}

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = &context.args;
    let usage = |text: &str| Failure::usage("kubectl logs", text);
    let selector = args.text("selector").unwrap_or_default().to_owned();
    let mut container = args.text("container").unwrap_or_default().to_owned();
    let name = match args.positional.as_slice() {
        [] if selector.is_empty() => return Err(usage(USAGE)),
        [] => None,
        [_] if !selector.is_empty() => return Err(usage("only a selector (-l) or a POD name is allowed")),
        [name] => Some(name.clone()),
        [name, inline] => {
            container.clone_from(inline);
            Some(name.clone())
        }
        _ => return Err(usage(USAGE)),
    };
    let options = options(context, !selector.is_empty())?;
    let all_containers = context.args.on("all-containers");
    let all_pods = context.args.on("all-pods");
    let pods = match &name {
        None => labelled(context, &selector)?,
        Some(name) => named(context, name, all_pods)?,
    };
    validate(context, &container)?;
    let mut wanted: Vec<(Pod, String)> = Vec::new();
    for pod in pods {
        if all_containers {
            let all = pod.spec.init_containers.iter().chain(&pod.spec.containers);
            wanted.extend(all.map(|container| (pod.clone(), container.name.to_string())));
            continue;
        }
        let name = match container.as_str() {
            "" if all_pods => pod.spec.containers.first().map(|first| first.name.to_string()).unwrap_or_default(),
            "" => pods::default_for_logs(context, &pod),
            name => {
                pods::known(&pod, name)?;
                name.to_owned()
            }
        };
        wanted.push((pod, name));
    }
    let most = usize::try_from(context.args.int("max-log-requests").unwrap_or(5)).unwrap_or(0);
    if options.follow && wanted.len() > 1 && wanted.len() > most {
        return Err(Failure::Plain(format!(
            "you are attempting to follow {} log streams, but maximum allowed concurrency is {most}, use --max-log-requests \
             to increase the limit",
            wanted.len()
        )));
    }
    begin(context.engine, context.output, &wanted, &options)
}

/// Shows logs, and goes on showing them if that was asked for.
fn begin(
    engine: &mut Engine,
    output: &mut Output,
    wanted: &[(Pod, String)],
    options: &Options,
) -> Result<Exec, Failure> {
    let mut streams = Vec::new();
    for (pod, name) in wanted {
        let life = match life(pod, name, options.previous, engine) {
            Ok(Some(life)) => life,
            Ok(None) => continue,
            Err(failure) if options.ignore_errors => {
                output.err_line(format!("error: {}", failure.message()));
                continue;
            }
            Err(failure) => return Err(failure),
        };
        let mut stream = Stream {
            pod: Client::key(Kind::POD, &pod.meta.namespace, &pod.meta.name),
            name: name.clone(),
            life,
            source: Source::of(pod, name, life, engine),
            options: options.clone(),
        };
        stream.begin(engine, output);
        streams.push(stream);
    }
    match options.follow && !streams.is_empty() {
        true => Ok(Exec::Running(Box::new(Following { streams }))),
        false => Ok(Exec::Done(0)),
    }
}

fn options(context: &Context<'_>, selects: bool) -> Result<Options, Failure> {
    let args = &context.args;
    let now = context.engine.now();
    let since_time = args.text("since-time").filter(|text| !text.is_empty());
    let since = match since_time {
        Some(text) => match Timestamp::parse(text) {
            Some(time) => Some(time.sim_time()),
            None => {
                let quoted = go_quote(text);
                return Err(Failure::Plain(format!(
                    "parsing time {quoted} as \"2006-01-02T15:04:05Z07:00\": cannot parse {quoted} as \"2006\""
                )));
            }
        },
        None => None,
    };
    let (negative, span) = args.duration("since").unwrap_or_default();
    let seconds = (span + Duration::from_millis(500)).as_secs();
    if since.is_some() && !span.is_zero() {
        return Err("at most one of `sinceTime` or `sinceSeconds` may be specified".into());
    }
    if negative && seconds > 0 {
        return Err("--since must be greater than 0".into());
    }
    let recent = (seconds > 0).then(|| SimTime(now.0.saturating_sub(seconds * 1_000_000)));
    let tail = args.int("tail");
    if tail.is_some_and(|tail| tail < -1) {
        return Err("--tail must be greater than or equal to -1".into());
    }
    let tail = tail.or(selects.then_some(10)).and_then(|tail| usize::try_from(tail).ok());
    let limit = args.int("limit-bytes").unwrap_or(0);
    if limit < 0 {
        return Err("--limit-bytes must be greater than 0".into());
    }
    Ok(Options {
        follow: args.on("follow"),
        previous: args.on("previous"),
        timestamps: args.on("timestamps"),
        prefix: args.on("prefix") || args.on("all-pods"),
        ignore_errors: args.on("ignore-errors"),
        tail,
        since: since.or(recent),
        limit: usize::try_from(limit).ok().filter(|limit| *limit > 0),
    })
}

fn validate(context: &Context<'_>, container: &str) -> Result<(), Failure> {
    let args = &context.args;
    if args.on("all-containers") && !container.is_empty() {
        return Err(Failure::Plain(format!(
            "--all-containers=true should not be specified with container name {container}"
        )));
    }
    if args.has("container") && args.positional.len() == 2 {
        return Err("only one of -c or an inline [CONTAINER] arg is allowed".into());
    }
    Ok(())
}

fn labelled(context: &mut Context<'_>, selector: &str) -> Result<Vec<Pod>, Failure> {
    let namespace = context.namespace();
    let filter = Filter { labels: selector, fields: "" };
    let listed = context.client().list(Kind::POD, &namespace, filter)?;
    if listed.is_empty() {
        context.output.err_line(format!("No resources found in {namespace} namespace."));
    }
    Ok(listed.iter().filter_map(|object| Pod::of(object)).cloned().collect())
}

fn named(context: &mut Context<'_>, name: &str, all: bool) -> Result<Vec<Pod>, Failure> {
    let key = pods::key_of(context, name)?;
    let object = context.client().get(&key).map_err(|failure| match failure {
        Failure::Status(status) if status.reason == crate::apiserver::Reason::NotFound => Failure::Plain(format!(
            "error from server (NotFound): {} in namespace {}",
            status.message,
            go_quote(&context.namespace())
        )),
        other => other,
    })?;
    let mut pods = pods::pods_of(&object, context.engine, pods::Rank::Logging, "cannot get the logs from")?;
    if matches!(&*object, Object::Pod(_)) || all {
        return Ok(pods);
    }
    if pods.is_empty() {
        return Err("timed out waiting for the condition".into());
    }
    if pods.len() > 1 {
        context.output.err_line(format!("Found {} pods, using pod/{}", pods.len(), pods[0].meta.name));
    }
    pods.truncate(1);
    Ok(pods)
}

/// The life of a container whose log is meant; nothing for a pod without a node.
fn life(pod: &Pod, name: &str, previous: bool, engine: &Engine) -> Result<Option<Life>, Failure> {
    if pod.node_name.is_empty() {
        return Ok(None);
    }
    let refuse = |text: String| Err(Failure::from(Status::bad_request(text)));
    let who = format!("container {} in pod {}", go_quote(name), go_quote(&pod.meta.name));
    let statuses = pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
    let Some(status) = statuses.into_iter().find(|status| *status.name == *name) else {
        return refuse(format!("{who} is not available"));
    };
    if previous && status.last_state.terminated.is_none() {
        return refuse(format!("previous terminated {who} not found"));
    }
    if let (None, None, None, Some(waiting)) =
        (&status.state.running, &status.state.terminated, &status.last_state.terminated, &status.state.waiting)
    {
        return refuse(match &*waiting.reason {
            "ErrImagePull" => format!("{who} is waiting to start: image can't be pulled"),
            "ImagePullBackOff" => format!("{who} is waiting to start: trying and failing to pull image"),
            reason => format!("{who} is waiting to start: {reason}"),
        });
    }
    match Life::of(pod, name, previous, engine) {
        Some(life) => Ok(Some(life)),
        None => refuse(format!("{who} is waiting to start - no logs yet")),
    }
}

/// One log that is shown.
struct Stream {
    pod: Key,
    name: String,
    life: Life,
    source: Source,
    options: Options,
}

impl Stream {
    /// Shows what is there already.
    fn begin(&mut self, engine: &mut Engine, output: &mut Output) {
        let now = engine.now();
        let mut lines = self.source.read(engine, now);
        if let Some(since) = self.options.since {
            lines.retain(|line| line.at >= since);
        }
        let skipped = self.options.tail.map_or(0, |tail| lines.len().saturating_sub(tail));
        let mut text: String = lines[skipped..].iter().map(|line| self.shown(line)).collect();
        if let Some(limit) = self.options.limit {
            let end = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= limit).last();
            text.truncate(end.unwrap_or(0));
        }
        if !text.is_empty() {
            output.out(text);
        }
    }

    fn shown(&self, line: &Line) -> String {
        let prefix = match self.options.prefix {
            true => format!("[pod/{}/{}] ", self.pod.name, self.name),
            false => String::new(),
        };
        let time = match self.options.timestamps {
            true => {
                let seconds = line.at.timestamp().to_string();
                // What the runtime's clock has beyond our microseconds.
                let more = line.at.0.wrapping_mul(7919) % 1000;
                format!("{}.{:06}{more:03}Z ", seconds.trim_end_matches('Z'), line.at.0 % 1_000_000)
            }
            false => String::new(),
        };
        format!("{prefix}{time}{}\n", line.text)
    }

    /// Shows what was printed since; says whether the container has ended.
    fn go_on(&mut self, engine: &mut Engine, output: &mut Output) -> bool {
        let pod = engine.world().api.store().pod(&self.pod).cloned();
        let life = pod.as_ref().and_then(|pod| Life::of(pod, &self.name, false, engine));
        let ended = match life {
            // It was started anew, or is gone.
            Some(life) if life.since != self.life.since => true,
            Some(life) => life.until.is_some(),
            None => true,
        };
        let now = engine.now();
        for line in self.source.read(engine, now) {
            output.out(self.shown(&line));
        }
        ended
    }
}

/// Logs that are followed until their containers end.
struct Following {
    streams: Vec<Stream>,
}

impl Process for Following {
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        self.streams.retain_mut(|stream| !stream.go_on(engine, output));
        self.streams.is_empty().then_some(0)
    }

    fn wakes_at(&self) -> Option<SimTime> {
        let next = |stream: &Stream| stream.source.next(stream.source.read_to());
        self.streams.iter().filter_map(next).min()
    }
}

/// The log of a container from its beginning, as `attach` and `run --attach` show it.
pub(super) fn follow(engine: &mut Engine, output: &mut Output, pod: &Pod, name: &str) -> Option<Box<dyn Process>> {
    let options = Options {
        follow: true,
        previous: false,
        timestamps: false,
        prefix: false,
        ignore_errors: false,
        tail: None,
        since: None,
        limit: None,
    };
    match begin(engine, output, &[(pod.clone(), name.to_owned())], &options) {
        Ok(Exec::Running(process)) => Some(process),
        Ok(Exec::Done(_)) => None,
        Err(failure) => {
            fail(&failure, output);
            None
        }
    }
}
