//! Tab completion: how a line can go on. A pure function of the line, the console and the cluster.
//!
//! Models what `kubectl completion bash` offers (`kubectl/pkg/util/completion`).

use super::args::flags::GLOBAL;
use super::args::{FlagKind, FlagSpec};
use super::cmd;
use super::session::Session;
use super::types;
use crate::api::kinds::Kind;
use crate::api::objects::{Object, Pod};
use crate::base::Order;
use crate::network::programs::PROGRAMS;
use crate::shell::tools;
use crate::sim::Engine;

/// More than this is not offered.
const MOST: usize = 200;

/// What could stand instead of the last word of a line, sorted.
pub fn complete(line: &str, session: &Session, engine: &Engine) -> Vec<String> {
    let command = last_command(line);
    let mut words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    let partial = match command.ends_with(char::is_whitespace) || command.is_empty() {
        true => String::new(),
        false => words.pop().unwrap_or_default(),
    };
    // An alias stands for its words.
    if let Some(meant) = words.first().and_then(|first| session.env.aliases.get(first)) {
        let meant: Vec<String> = meant.split_whitespace().map(str::to_owned).collect();
        words.splice(..1, meant);
    }
    let completer = Completer { session, engine, namespace: namespace_of(&words, session) };
    let mut found = match words.split_first() {
        None => completer.programs(),
        Some((first, rest)) if first == "kubectl" => completer.kubectl(rest, &partial),
        Some((first, rest)) if first == "watch" || first == "xargs" || first == "time" => {
            match rest.split_first().filter(|(program, _)| *program == "kubectl") {
                Some((_, rest)) => completer.kubectl(rest, &partial),
                None => completer.programs(),
            }
        }
        Some(_) => session.files.keys().cloned().collect(),
    };
    found.retain(|word| word.starts_with(&partial));
    found.order();
    found.dedup();
    found.truncate(MOST);
    found
}

/// The part of a line after its last `|`, `;`, `&` or `$(`, outside of quotes.
fn last_command(line: &str) -> &str {
    let (mut quote, mut start) = (None, 0);
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, '|' | ';' | '&' | '(') => start = at + 1,
            _ => {}
        }
    }
    line[start..].trim_start()
}

/// The namespace that a line is about.
fn namespace_of(words: &[String], session: &Session) -> String {
    let place = words.iter().position(|word| word == "-n" || word == "--namespace");
    let after = place.and_then(|place| words.get(place + 1));
    let joined = words.iter().find_map(|word| word.strip_prefix("--namespace=").or_else(|| word.strip_prefix("-n")));
    let joined = joined.filter(|text| !text.is_empty()).map(str::to_owned);
    after.cloned().or(joined).unwrap_or_else(|| session.namespace.clone())
}

struct Completer<'a> {
    session: &'a Session,
    engine: &'a Engine,
    namespace: String,
}

impl Completer<'_> {
    fn programs(&self) -> Vec<String> {
        let own = ["kubectl", "watch", "sleep", "echo", "export", "alias", "ls", "bash", "vi", "for", "while"];
        let all = own.iter().chain(&tools::NAMES).chain(&PROGRAMS).map(|name| (*name).to_owned());
        all.chain(self.session.env.aliases.keys().cloned()).collect()
    }

    /// After `kubectl`.
    fn kubectl(&self, words: &[String], partial: &str) -> Vec<String> {
        let places = super::args::command_words(words);
        let plain: Vec<String> = places.iter().filter_map(|place| words.get(*place)).cloned().collect();
        let understood = cmd::understood(words);
        let tables = understood.as_ref().map_or(&[][..], |(_, tables, _)| tables);
        let flag = |name: &str| tables.iter().copied().chain([GLOBAL]).flatten().find(|flag| is_named(flag, name));
        if let Some(last) = words.last()
            && let Some(flag) = flag(last).filter(|flag| takes_value(flag.kind))
        {
            return self.values(flag, &plain);
        }
        if let Some((name, _)) = partial.split_once('=')
            && let Some(found) = flag(name)
        {
            return self.values(found, &plain).into_iter().map(|value| format!("{name}={value}")).collect();
        }
        if partial.starts_with('-') {
            let all = tables.iter().copied().chain([GLOBAL]).flatten();
            return all.map(|flag| format!("--{}", flag.name)).collect();
        }
        let next = cmd::next_words(&plain);
        let Some((path, _, rest)) = understood else { return next.into_iter().map(str::to_owned).collect() };
        let deeper = next.into_iter().map(str::to_owned);
        let depth = path.split(' ').count();
        let mut args: Vec<&str> = plain.iter().skip(depth).map(String::as_str).collect();
        if rest.iter().any(|word| word == "--") {
            return Vec::new();
        }
        // A flag's value is no argument.
        args.retain(|arg| {
            let before = words.iter().position(|word| word == arg).and_then(|place| words.get(place.checked_sub(1)?));
            !before.and_then(|before| flag(before)).is_some_and(|flag| takes_value(flag.kind))
        });
        self.arguments(path, &args, partial).into_iter().chain(deeper).collect()
    }

    /// The values of a flag.
    fn values(&self, flag: &FlagSpec, plain: &[String]) -> Vec<String> {
        let fixed: &[&str] = match flag.name {
            "namespace" => return self.names(Kind::NAMESPACE, ""),
            "filename" => return self.session.files.keys().cloned().collect(),
            "container" => {
                let pods = plain.iter().filter_map(|word| self.pod(word));
                return pods.flat_map(containers).collect();
            }
            "context" => return vec!["kubernetes-admin@kubernetes".to_owned()],
            "from" if plain.iter().any(|word| word == "job") => {
                return self.names(Kind::CRON_JOB, "cronjob/");
            }
            "output" => &["custom-columns=", "go-template=", "json", "jsonpath=", "name", "wide", "yaml"],
            "dry-run" => &["none", "server", "client"],
            "cascade" => &["background", "orphan", "foreground"],
            "restart" => &["Always", "Never", "OnFailure"],
            "type" => &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
            "image-pull-policy" => &["Always", "IfNotPresent", "Never"],
            "protocol" => &["TCP", "UDP", "SCTP"],
            "for" => &["condition=", "create", "delete", "jsonpath="],
            "sort-by" => &[".metadata.name", ".metadata.creationTimestamp", ".status.startTime"],
            _ => &[],
        };
        fixed.iter().map(|value| (*value).to_owned()).collect()
    }

    /// What may stand as the next argument.
    fn arguments(&self, path: &str, args: &[&str], partial: &str) -> Vec<String> {
        let head = path.split(' ').next().unwrap_or_default();
        match head {
            "logs" | "exec" | "attach" | "port-forward" | "debug" => match args {
                [] if partial.contains('/') => return self.slashed(partial),
                [] => {
                    let mut all = self.names(Kind::POD, "");
                    all.extend(["deployment/", "service/", "statefulset/"].map(str::to_owned));
                    return all;
                }
                [pod] if head == "logs" => return self.pod(pod).into_iter().flat_map(containers).collect(),
                [pod, ..] if head == "port-forward" => return self.pod(pod).into_iter().flat_map(ports).collect(),
                _ => return Vec::new(),
            },
            "cp" => {
                let pods = self.names(Kind::POD, "").into_iter().map(|name| format!("{name}:"));
                return pods.chain(self.session.files.keys().cloned()).collect();
            }
            "config" => {
                let wants = path == "config use-context" && args.is_empty();
                return if wants { vec!["kubernetes-admin@kubernetes".to_owned()] } else { Vec::new() };
            }
            "drain" | "cordon" | "uncordon" => return self.names(Kind::NODE, ""),
            "create" | "run" | "apply" | "version" | "cluster-info" | "api-resources" | "events" => return Vec::new(),
            _ => {}
        }
        if partial.contains('/') {
            return self.slashed(partial);
        }
        let only: &[Kind] = match head {
            "rollout" => &[Kind::DEPLOYMENT, Kind::DAEMON_SET, Kind::STATEFUL_SET],
            "scale" => &[Kind::DEPLOYMENT, Kind::REPLICA_SET, Kind::STATEFUL_SET, Kind::REPLICATION_CONTROLLER],
            "expose" => &[Kind::POD, Kind::SERVICE, Kind::DEPLOYMENT, Kind::REPLICA_SET, Kind::REPLICATION_CONTROLLER],
            _ => &[],
        };
        match args {
            [] if only.is_empty() => {
                let all = self.engine.world().api.kinds().all().map(|kind| kind.info().plural.to_owned());
                if head == "get" { all.chain(["all".to_owned()]).collect() } else { all.collect() }
            }
            [] => only.iter().map(|kind| kind.info().singular.to_owned()).collect(),
            [word, given @ ..] => match types::kind_of(word, self.engine.world().api.kinds()) {
                Ok(kind) => {
                    let mut names = self.names(kind, "");
                    names.retain(|name| !given.contains(&name.as_str()));
                    names
                }
                // `set image deploy/web` is followed by containers.
                Err(_) if path == "set image" => {
                    self.pod(word).into_iter().flat_map(containers).map(|name| name + "=").collect()
                }
                Err(_) => Vec::new(),
            },
        }
    }

    /// `deploy/w`: names after a type.
    fn slashed(&self, partial: &str) -> Vec<String> {
        let Some((word, _)) = partial.split_once('/') else { return Vec::new() };
        types::kind_of(word, self.engine.world().api.kinds())
            .map_or_else(|_| Vec::new(), |kind| self.names(kind, &format!("{word}/")))
    }

    /// The names of all objects of a kind, after a prefix.
    fn names(&self, kind: Kind, prefix: &str) -> Vec<String> {
        let namespace = if kind.info().namespaced { self.namespace.as_str() } else { "" };
        let store = self.engine.world().api.store();
        store.list(kind, namespace).take(2_000).map(|object| format!("{prefix}{}", object.meta().name)).collect()
    }

    /// The pod that a word names, or the first of a workload's.
    fn pod(&self, word: &str) -> Option<Pod> {
        let (kind, name) = match word.split_once('/') {
            Some((word, name)) => (types::kind_of(word, self.engine.world().api.kinds()).ok()?, name),
            None => (Kind::POD, word),
        };
        let store = self.engine.world().api.store();
        let object = store.get(&super::client::Client::key(kind, &self.namespace, name))?;
        if let Object::Pod(pod) = &**object {
            return Some(pod.clone());
        }
        let selector = object.pod_selector()?;
        store.matching_pods(&object.meta().namespace, &selector).find_map(|object| Pod::of(object)).cloned()
    }
}

fn is_named(flag: &FlagSpec, word: &str) -> bool {
    match word.strip_prefix("--") {
        Some(name) => flag.name == name,
        None => word.strip_prefix('-').is_some_and(|letters| {
            let mut letters = letters.chars();
            flag.short.is_some() && letters.next_back() == flag.short
        }),
    }
}

fn takes_value(kind: FlagKind) -> bool {
    !matches!(kind, FlagKind::Bool | FlagKind::TextOr(_))
}

fn containers(pod: Pod) -> Vec<String> {
    let all = pod.spec.containers.iter().chain(&pod.spec.init_containers);
    all.map(|container| container.name.to_string()).collect()
}

fn ports(pod: Pod) -> Vec<String> {
    let all = pod.spec.containers.iter().flat_map(|container| &container.ports);
    all.map(|port| port.container_port.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubectl::exec::Output;
    use crate::sim::ClusterConfig;

    #[test]
    fn lines_go_on() {
        let mut engine = Engine::new(ClusterConfig::default());
        let mut session = Session::default();
        session.files.insert("web.yaml".to_owned(), String::new());
        session.env.aliases.insert("kn".to_owned(), "kubectl -n kube-system".to_owned());
        for line in [
            "kubectl create deployment web --image=nginx --port=80",
            "kubectl create ns shop",
            "kubectl -n shop run cart --image=redis",
            "sleep 3",
        ] {
            session.start(line).run_to_end(&mut session, &mut engine, &mut Output::default());
        }
        let pod = engine.world().api.store().list(Kind::POD, "default").next().unwrap().meta().name.to_string();
        let table = [
            ("kub", "kubectl"),
            ("kubectl desc", "describe"),
            ("k rollout re", "restart resume"),
            ("kubectl create service n", "nodeport"),
            ("kubectl create se", "secret service serviceaccount"),
            ("kubectl get deploym", "deployments"),
            ("kubectl get deployments ", "web"),
            ("kubectl get deploy/", "deploy/web"),
            ("kubectl get pods -n sh", "shop"),
            ("kubectl get pods -n shop ", "cart"),
            ("kubectl -n shop delete pod c", "cart"),
            ("kubectl get pods --namespace=sh", "--namespace=shop"),
            ("kubectl get pods --show", "--show-kind --show-labels --show-managed-fields"),
            ("kubectl get pods -o w", "wide"),
            ("kubectl apply -f w", "web.yaml"),
            ("kubectl rollout status deployment ", "web"),
            ("kubectl rollout status ", "daemonset deployment statefulset"),
            ("kubectl logs web", "POD"),
            ("kubectl logs deploy/w", "deploy/web"),
            ("kubectl logs POD -c ", "nginx"),
            ("kubectl exec -it POD -c n", "nginx"),
            ("kubectl port-forward POD ", "80"),
            ("kubectl get pods -A | gr", "grep"),
            ("echo $(kubectl get no", "nodes"),
            ("kubectl get node node-1 ", "node-2 node-3"),
            ("cat w", "web.yaml"),
            ("kn get po", "pods podtemplates poddisruptionbudgets"),
            ("kubectl exec POD -- l", ""),
            ("kubectl frob ", ""),
            ("kubectl config use-context ", "kubernetes-admin@kubernetes"),
            ("kubectl get pods | grep 'a;' | he", "head"),
        ];
        for (line, expected) in table {
            let mut expected: Vec<String> = expected.split_whitespace().map(|word| word.replace("POD", &pod)).collect();
            expected.order();
            assert_eq!(complete(&line.replace("POD", &pod), &session, &engine), expected, "{line}");
        }
    }
}
