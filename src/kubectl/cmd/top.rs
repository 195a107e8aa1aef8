//! `kubectl top pod` and `top node`.
//!
//! Models `kubectl/pkg/cmd/top` and `kubectl/pkg/metricsutil`.

use super::Context;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Node, Object, Pod};
use crate::api::quantity::Quantity;
use crate::apiserver::{Reason, Status};
use crate::base::Order;
use crate::base::Str;
use crate::base::time::Duration;
use crate::controllers::podautoscaler::metrics::{Scrape, Usage};
use crate::kubectl::client::{Client, Filter};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::printer::tabwriter;
use crate::kubelet::lifecycle::go_duration;
use std::rc::Rc;

/// How long after its creation a pod may lack metrics without a complaint.
const DELAY: Duration = Duration::from_secs(120);

/// Thousandths of a core, and bytes.
type Amounts = (i64, i64);

fn cells((cpu, memory): Amounts) -> String {
    format!("{cpu}m\t{}Mi\t", memory >> 20)
}

/// What both commands refuse; the name, if one was given.
fn check(context: &Context<'_>, usage: &str, why: &str) -> Result<Option<String>, Failure> {
    let args = &context.args;
    let name = match args.positional.as_slice() {
        [] => None,
        [name] => Some(name.clone()),
        _ => return Err(Failure::usage(&format!("kubectl {}", context.path), usage)),
    };
    if !["", "cpu", "memory"].contains(&args.text("sort-by").unwrap_or_default()) {
        return Err("--sort-by accepts only cpu or memory".into());
    }
    let given = |flag: &str| args.text(flag).is_some_and(|text| !text.is_empty());
    if name.is_some() && (given("selector") || given("field-selector")) {
        return Err(why.into());
    }
    match context.engine.world().controllers.autoscaler.metrics().served {
        true => Ok(name),
        false => Err("Metrics API not available".into()),
    }
}

fn scrape<'a>(context: &'a Context<'_>) -> Scrape<'a> {
    let world = context.engine.world();
    world.controllers.autoscaler.metrics().last(world.api.store(), context.engine.now())
}

/// Sorts by `--sort-by`, most first, or by name.
fn sort<T>(context: &Context<'_>, rows: &mut [T], amounts: impl Fn(&T) -> Amounts, name: impl Fn(&T) -> (Str, Str)) {
    match context.args.text("sort-by").unwrap_or_default() {
        "cpu" => rows.order_by_key(|row| std::cmp::Reverse(amounts(row).0)),
        "memory" => rows.order_by_key(|row| std::cmp::Reverse(amounts(row).1)),
        _ => rows.order_by_key(name),
    }
}

pub(super) fn node(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let name = check(context, "node [NAME | -l label]", "only one of NAME or --selector can be provided")?;
    let labels = context.args.text("selector").unwrap_or_default().to_owned();
    let filter = Filter { labels: &labels, fields: "" };
    let objects = match &name {
        None => context.client().list(Kind::NODE, "", filter)?,
        Some(name) => vec![context.client().get(&Key::new(Kind::NODE, "", name.as_str()))?],
    };
    let field = if context.args.on("show-capacity") { "capacity" } else { "allocatable" };
    let measured = {
        let (scrape, store) = (scrape(context), context.engine.world().api.store());
        let row = |object: &Rc<Object>| {
            let node = Node::of(object).filter(|node| node.is_ready())?;
            let there = node.meta.creation_timestamp.is_some_and(|at| at.sim_time() < scrape.at);
            there.then(|| (node.clone(), scrape.node(&node.meta.name, store)))
        };
        objects.iter().map(row).collect::<Vec<_>>()
    };
    let missing: Vec<Str> =
        objects.iter().zip(&measured).filter(|(_, row)| row.is_none()).map(|(o, _)| o.meta().name.clone()).collect();
    let mut rows: Vec<(Node, Amounts)> = measured.into_iter().flatten().collect();
    if rows.is_empty() {
        return Err("metrics not available yet".into());
    }
    sort(context, &mut rows, |row| row.1, |row| (row.0.meta.name.clone(), Str::from("")));
    let mut text = String::new();
    if !context.args.on("no-headers") {
        text.push_str("NAME\tCPU(cores)\tCPU(%)\tMEMORY(bytes)\tMEMORY(%)\t\n");
    }
    for (node, (cpu, memory)) in rows {
        let list = if field == "capacity" { &node.status.capacity } else { &node.status.allocatable };
        let percent = |resource: &str, used: f64| {
            let all = list.get(resource).and_then(|text| Quantity::parse(text).ok()).map_or(0, Quantity::milli_value);
            if all == 0 { 0 } else { (used / all as f64 * 100.0) as i64 }
        };
        let (name, mib) = (&node.meta.name, memory >> 20);
        let shares = (percent("cpu", cpu as f64), percent("memory", memory as f64 * 1000.0));
        text.push_str(&format!("{name}\t{cpu}m\t{}%\t{mib}Mi\t{}%\t\n", shares.0, shares.1));
    }
    for name in missing {
        text.push_str(&format!("{name}\t<unknown>\t<unknown>\t<unknown>\t<unknown>\t\n"));
    }
    context.output.out(tabwriter::TABLE.format(&text));
    Ok(Exec::Done(0))
}

pub(super) fn pod(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let name = check(context, "pod [NAME | -l label]", "only one of NAME or selector can be provided")?;
    let (namespace, all) = (context.namespace(), context.args.on("all-namespaces"));
    let of_flag = |flag: &str| context.args.text(flag).unwrap_or_default().to_owned();
    let (labels, fields) = (of_flag("selector"), of_flag("field-selector"));
    let filter = Filter { labels: &labels, fields: &fields };
    let objects = match &name {
        None => context.client().list(Kind::POD, if all { "" } else { &namespace }, filter)?,
        Some(name) => vec![context.client().get(&Client::key(Kind::POD, &namespace, name))?],
    };
    let mut rows: Vec<(Str, Str, Vec<Usage>)> = {
        let scrape = scrape(context);
        let row = |object: &Rc<Object>| {
            let usages = scrape.pod(Pod::of(object)?)?;
            Some((object.meta().namespace.clone(), object.meta().name.clone(), usages))
        };
        objects.iter().filter_map(row).collect()
    };
    if rows.is_empty() {
        if let Some(name) = &name {
            let message = format!("podmetrics.metrics.k8s.io \"{namespace}/{name}\" not found");
            return Err(Status::new(Reason::NotFound, Kind::POD, name, message).into());
        }
        return nothing(context, &objects, &namespace, all);
    }
    let total = |usages: &[Usage]| usages.iter().fold((0, 0), |sum, one| (sum.0 + one.cpu, sum.1 + one.memory));
    let by_name = |row: &(Str, Str, Vec<Usage>)| {
        if all { (row.0.clone(), row.1.clone()) } else { (row.1.clone(), Str::from("")) }
    };
    sort(context, &mut rows, |row| total(&row.2), by_name);
    let (containers, sum) = (context.args.on("containers"), context.args.on("sum"));
    let mut text = String::new();
    if !context.args.on("no-headers") {
        text.push_str(if all { "NAMESPACE\t" } else { "" });
        text.push_str(if containers { "POD\t" } else { "" });
        text.push_str("NAME\tCPU(cores)\tMEMORY(bytes)\t\n");
    }
    for (namespace, name, usages) in &mut rows {
        let namespace = if all { format!("{namespace}\t") } else { String::new() };
        if !containers {
            text.push_str(&format!("{namespace}{name}\t{}\n", cells(total(usages))));
            continue;
        }
        sort(context, usages, |one| (one.cpu, one.memory), |one| (one.container.clone(), Str::from("")));
        for one in usages {
            let amounts = cells((one.cpu, one.memory));
            text.push_str(&format!("{namespace}{name}\t{}\t{amounts}\n", one.container));
        }
    }
    if sum {
        // Upstream forgets the extra columns when there are no headers.
        let extra = if context.args.on("no-headers") { 0 } else { usize::from(all) + usize::from(containers) };
        let all = rows.iter().map(|row| total(&row.2)).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        text.push_str(&"\t".repeat(extra + 1));
        text.push_str("________\t________\t\n");
        text.push_str(&"\t".repeat(extra));
        text.push_str(&format!("\t{}\n", cells(all)));
    }
    context.output.out(tabwriter::TABLE.format(&text));
    Ok(Exec::Done(0))
}

/// Why there are no metrics of pods. Models `verifyEmptyMetrics`.
fn nothing(context: &mut Context<'_>, pods: &[Rc<Object>], namespace: &str, all: bool) -> Result<Exec, Failure> {
    if pods.is_empty() {
        let whole =
            if all { "No resources found".to_owned() } else { format!("No resources found in {namespace} namespace.") };
        context.output.err_line(whole);
        return Ok(Exec::Done(0));
    }
    let now = context.engine.now();
    for pod in pods {
        let meta = pod.meta();
        let age = meta.creation_timestamp.map_or(Duration::ZERO, |at| now.since(at.sim_time()));
        if age > DELAY {
            let (namespace, name) = (&meta.namespace, &meta.name);
            let age = go_duration(age);
            return Err(Failure::Plain(format!("Metrics not available for pod {namespace}/{name}, age: {age}")));
        }
    }
    Err("metrics not available yet".into())
}
