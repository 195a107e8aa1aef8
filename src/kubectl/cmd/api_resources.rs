//! `kubectl api-resources` and `kubectl api-versions`.
//!
//! Models `kubectl/pkg/cmd/apiresources`.

use super::Context;
use crate::api::custom::Kinds;
use crate::api::kinds::KindInfo;
use crate::base::Order;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::printer::tabwriter;

/// Types that a cluster serves and that are never stored: name, group and version, namespaced, kind.
const UNSTORED: &[(&str, &str, bool, &str)] = &[
    ("bindings", "v1", true, "Binding"),
    ("componentstatuses", "v1", false, "ComponentStatus"),
    ("selfsubjectreviews", "authentication.k8s.io/v1", false, "SelfSubjectReview"),
    ("tokenreviews", "authentication.k8s.io/v1", false, "TokenReview"),
    ("localsubjectaccessreviews", "authorization.k8s.io/v1", true, "LocalSubjectAccessReview"),
    ("selfsubjectaccessreviews", "authorization.k8s.io/v1", false, "SelfSubjectAccessReview"),
    ("selfsubjectrulesreviews", "authorization.k8s.io/v1", false, "SelfSubjectRulesReview"),
    ("subjectaccessreviews", "authorization.k8s.io/v1", false, "SubjectAccessReview"),
];

/// A line of the list.
struct Line {
    name: String,
    short: String,
    version: String,
    namespaced: bool,
    kind: String,
    categories: Vec<&'static str>,
    stored: bool,
}

fn lines(kinds: &Kinds) -> Vec<Line> {
    let stored = kinds.all().map(|kind| {
        let KindInfo { plural, short_names, namespaced, kind: name, categories, .. } = kind.info();
        Line {
            name: (*plural).to_owned(),
            short: short_names.join(","),
            version: kind.api_version(),
            namespaced: *namespaced,
            kind: (*name).to_owned(),
            categories: categories.to_vec(),
            stored: true,
        }
    });
    let unstored = UNSTORED.iter().map(|(name, version, namespaced, kind)| Line {
        name: (*name).to_owned(),
        short: if *name == "componentstatuses" { "cs".to_owned() } else { String::new() },
        version: (*version).to_owned(),
        namespaced: *namespaced,
        kind: (*kind).to_owned(),
        categories: Vec::new(),
        stored: false,
    });
    let mut lines: Vec<Line> = stored.chain(unstored).collect();
    lines.order_by(|a, b| (group(&a.version), &a.name).cmp(&(group(&b.version), &b.name)));
    lines
}

fn group(version: &str) -> &str {
    version.split_once('/').map_or("", |(group, _)| group)
}

/// `kubectl api-resources`.
pub(super) fn resources(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = &context.args;
    if !args.positional.is_empty() {
        let text = format!("unexpected arguments: [{}]", args.positional.join(" "));
        return Err(Failure::usage("kubectl api-resources", &text));
    }
    const VERBS: [&str; 8] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    let verbs_of = |line: &Line| if line.stored { VERBS.as_slice() } else { &["create"] };
    let lines: Vec<Line> = lines(context.kinds())
        .into_iter()
        .filter(|line| args.text("api-group").is_none_or(|wanted| group(&line.version) == wanted))
        .filter(|line| !args.has("namespaced") || args.on("namespaced") == line.namespaced)
        .filter(|line| args.list("verbs").iter().all(|verb| verbs_of(line).contains(&verb.as_str())))
        .filter(|line| args.list("categories").iter().all(|wanted| line.categories.contains(&wanted.as_str())))
        .collect();
    let form = args.text("output").unwrap_or_default();
    let mut text = String::new();
    match form {
        "name" => {
            for line in &lines {
                let group = group(&line.version);
                let dot = if group.is_empty() { "" } else { "." };
                text.push_str(&format!("{}{dot}{group}\n", line.name));
            }
        }
        "" | "wide" => {
            let wide = form == "wide";
            if !args.on("no-headers") {
                text.push_str("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND");
                text.push_str(if wide { "\tVERBS\tCATEGORIES\n" } else { "\n" });
            }
            for line in &lines {
                let Line { name, short, version, namespaced, kind, categories, .. } = line;
                text.push_str(&format!("{name}\t{short}\t{version}\t{namespaced}\t{kind}"));
                if wide {
                    text.push_str(&format!("\t{}\t{}", verbs_of(line).join(","), categories.join(",")));
                }
                text.push('\n');
            }
            text = tabwriter::TABLE.format(&text);
        }
        other => return Err(Failure::Plain(format!("--output {other} is not available"))),
    }
    context.output.out(text);
    Ok(Exec::Done(0))
}

/// `kubectl api-versions`.
pub(super) fn versions(context: &mut Context<'_>) -> Result<Exec, Failure> {
    // Versions without a stored kind, or beside the one that the playground stores.
    let others = ["apiextensions.k8s.io/v1", "apiregistration.k8s.io/v1", "autoscaling/v1", "events.k8s.io/v1"];
    let mut versions: Vec<String> = lines(context.kinds()).into_iter().map(|line| line.version).collect();
    let customs = context.kinds().customs().iter().flat_map(|custom| custom.kind.info().other_versions);
    versions.extend(customs.map(|version| (*version).to_owned()));
    versions.extend(others.map(str::to_owned));
    versions.order();
    versions.dedup();
    for version in versions {
        context.output.line(version);
    }
    Ok(Exec::Done(0))
}
