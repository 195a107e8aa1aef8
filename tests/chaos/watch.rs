//! What must hold: at every step, and when all is healed.

use std::collections::BTreeMap;
use tabernetes::api::kinds::{Key, Kind};
use tabernetes::api::objects::{Deployment, Object, Pod, ReplicaSet, Service};
use tabernetes::base::Str;
use tabernetes::sim::World;
use tabernetes::view::build::graph::GraphBuilder;
use tabernetes::view::model::Shared;
use tabernetes::view::model::graph::GraphView;

/// What of a ReplicaSet counts.
#[derive(Clone)]
struct Set {
    owner: Str,
    replicas: i64,
    available: i64,
    desired: Option<Str>,
}

/// Follows the log of changes, so that bounds are checked at each change and not only where time stops.
#[derive(Default)]
pub struct Watch {
    rev: u64,
    sets: BTreeMap<Key, Set>,
    wrong: Option<String>,
    /// The picture, when it is looked at too.
    graph: Option<GraphBuilder>,
}

impl Watch {
    /// Looks at the picture too, at every step.
    pub fn with_picture() -> Watch {
        Watch { graph: Some(GraphBuilder::default()), ..Watch::default() }
    }

    /// Looks at what changed. Says whether all is well.
    pub fn look(&mut self, world: &World) -> bool {
        let store = world.api.store();
        for change in store.changes_after(self.rev) {
            if change.key.kind == Kind::REPLICA_SET {
                self.replica_set(world, &change.key, change.new.as_deref(), change.cause.by, change.rev);
            }
        }
        let allocated = |kind: Kind| matches!(kind, Kind::POD | Kind::SERVICE);
        if store.changes_after(self.rev).any(|change| allocated(change.key.kind))
            && let Err(why) = unique(world).and_then(|()| counted(world))
        {
            self.wrong.get_or_insert(why);
        }
        if store.rev() != self.rev
            && let Some(builder) = &mut self.graph
            && format!("{:?}", picture(builder, world)) != format!("{:?}", picture(&mut GraphBuilder::default(), world))
        {
            self.wrong.get_or_insert("the picture differs from one that is made anew".to_owned());
        }
        self.rev = store.rev();
        self.wrong.is_none()
    }

    /// What went wrong.
    pub fn verdict(&mut self) -> Result<(), String> {
        self.wrong.take().map_or(Ok(()), Err)
    }

    fn replica_set(&mut self, world: &World, key: &Key, new: Option<&Object>, by: &str, rev: u64) {
        let Some(set) = new.and_then(ReplicaSet::of) else {
            self.sets.remove(key);
            return;
        };
        let owner = set.meta.controller().map(|owner| owner.uid.clone()).unwrap_or_default();
        let after = Set {
            owner: owner.clone(),
            replicas: i64::from(set.spec.replicas),
            available: i64::from(set.status.available_replicas),
            desired: set.meta.annotations.get("deployment.kubernetes.io/desired-replicas").cloned(),
        };
        let before = self.sets.get(key).cloned();
        let sums = |sets: &BTreeMap<Key, Set>| {
            let own = sets.values().filter(|set| set.owner == owner);
            own.fold((0, 0), |(all, up), set| (all + set.replicas, up + set.replicas.min(set.available)))
        };
        let (_, up_before) = sums(&self.sets);
        self.sets.insert(key.clone(), after.clone());
        let (all, up) = sums(&self.sets);
        if by != "deployment-controller" {
            return;
        }
        let Some(deployment) = deployment_at(world, &owner, rev) else { return };
        let Some((surge, unavailable)) = bounds(&deployment) else { return };
        let replicas = i64::from(deployment.spec.replicas);
        let was = before.as_ref().map_or(0, |set| set.replicas);
        if after.replicas > was && all > replicas + surge {
            self.wrong.get_or_insert(format!("{key:?}: {all} replicas, {replicas} wanted and {surge} more allowed"));
        }
        // Scaling is shared out among the sets and may take from those that are up.
        let scaling = before.is_none_or(|before| before.desired != after.desired);
        let least = (replicas - unavailable).min(up_before);
        if after.replicas < was && !scaling && up < least {
            let text =
                format!("{key:?}: {up} up after {up_before}, {replicas} wanted and {unavailable} may be missing");
            self.wrong.get_or_insert(text);
        }
    }
}

/// The picture of all namespaces, once it has caught up with the world.
fn picture(builder: &mut GraphBuilder, world: &World) -> Shared<GraphView> {
    loop {
        let picture = builder.build(world, None, &BTreeMap::new());
        if !builder.is_behind() {
            return picture;
        }
    }
}

/// The Deployment as it was when the revision was made.
fn deployment_at(world: &World, uid: &Str, rev: u64) -> Option<Deployment> {
    let store = world.api.store();
    let object = store.by_uid(uid)?;
    if object.meta().resource_version.0 < rev {
        return Deployment::of(object).cloned();
    }
    let key = object.key();
    let mut earlier = store.changes_back().skip_while(|change| change.rev >= rev).filter(|change| change.key == key);
    earlier.next()?.new.as_deref().and_then(Deployment::of).cloned()
}

/// `maxSurge` and `maxUnavailable`, resolved as Kubernetes does; nothing for Recreate.
fn bounds(deployment: &Deployment) -> Option<(i64, i64)> {
    let value = Object::Deployment(deployment.clone()).to_value();
    let rolling = value.pointer("/spec/strategy/rollingUpdate")?;
    let replicas = i64::from(deployment.spec.replicas);
    let resolve = |name: &str, up: bool| -> i64 {
        let value = &rolling[name];
        match value.as_str().and_then(|text| text.strip_suffix('%')).and_then(|text| text.parse::<i64>().ok()) {
            Some(percent) if up => (replicas * percent + 99) / 100,
            Some(percent) => replicas * percent / 100,
            None => value.as_i64().unwrap_or(0),
        }
    };
    let (surge, unavailable) = (resolve("maxSurge", true), resolve("maxUnavailable", false));
    Some((surge, if surge == 0 && unavailable == 0 { 1 } else { unavailable }))
}

/// No two have the same address or port.
fn unique(world: &World) -> Result<(), String> {
    let store = world.api.store();
    let mut taken: BTreeMap<String, Key> = BTreeMap::new();
    let mut take = |what: String, key: Key| match taken.insert(what.clone(), key.clone()) {
        Some(other) => Err(format!("{what} belongs to {other:?} and to {key:?}")),
        None => Ok(()),
    };
    for object in store.list(Kind::POD, "") {
        let Some(pod) = Pod::of(object) else { continue };
        if !pod.status.pod_ip.is_empty() && !pod.is_terminal() && !pod.spec.host_network {
            take(pod.status.pod_ip.to_string(), object.key())?;
        }
    }
    for object in store.list(Kind::SERVICE, "") {
        let Some(service) = Service::of(object) else { continue };
        for ip in service.spec.cluster_ips.iter().filter(|ip| &***ip != "None") {
            take(ip.to_string(), object.key())?;
        }
        for port in service.spec.ports.iter().filter(|port| port.node_port != 0) {
            take(format!("node port {}", port.node_port), object.key())?;
        }
    }
    Ok(())
}

/// The indexes say what a recount says.
pub fn audit(world: &World) -> Result<(), String> {
    let store = world.api.store();
    let wrong = store.audit();
    if !wrong.is_empty() {
        return Err(format!("indexes differ from a recount: {wrong:?}"));
    }
    counted(world)?;
    let wrong = world.controllers.endpoint_slice.audit(store);
    if wrong.is_empty() { Ok(()) } else { Err(format!("slices differ from those made of all pods: {wrong:?}")) }
}

/// What controllers count change by change is what a recount says.
pub fn counted(world: &World) -> Result<(), String> {
    let store = world.api.store();
    let wrong = world.controllers.replica_set.audit(store);
    if wrong.is_empty() { Ok(()) } else { Err(format!("counts differ from a recount: {wrong:?}")) }
}

/// All is as it was asked for.
pub fn converged(world: &World) -> Result<(), String> {
    let store = world.api.store();
    let check = |holds: bool, text: String| if holds { Ok(()) } else { Err(text) };
    for object in store.list(Kind::NODE, "") {
        let value = object.to_value();
        let taints = value.pointer("/spec/taints").cloned().unwrap_or_default();
        check(taints.as_array().is_none_or(Vec::is_empty), format!("{:?} has taints {taints}", object.key()))?;
    }
    for object in store.list(Kind::DEPLOYMENT, "") {
        let Some(deployment) = Deployment::of(object) else { continue };
        let (status, wanted) = (&deployment.status, deployment.spec.replicas);
        let counts = [status.replicas, status.updated_replicas, status.ready_replicas, status.available_replicas];
        let seen = status.observed_generation == deployment.meta.generation;
        check(counts == [wanted; 4] && seen, format!("{:?}: {counts:?} of {wanted}", object.key()))?;
    }
    for (kind, wanted, got) in [
        (Kind::DAEMON_SET, "/status/desiredNumberScheduled", "/status/numberReady"),
        (Kind::STATEFUL_SET, "/spec/replicas", "/status/readyReplicas"),
        (Kind::JOB, "/spec/completions", "/status/succeeded"),
    ] {
        for object in store.list(kind, "") {
            let value = object.to_value();
            let (wanted, got) = (value.pointer(wanted).cloned(), value.pointer(got).cloned());
            check(wanted == got, format!("{:?}: {got:?} of {wanted:?}", object.key()))?;
        }
    }
    let mut ready: BTreeMap<&str, usize> = BTreeMap::new();
    for object in store.list(Kind::POD, "default") {
        let Some(pod) = Pod::of(object) else { continue };
        check(!pod.meta.is_terminating(), format!("{:?} is still terminating", object.key()))?;
        check(!pod.node_name.is_empty(), format!("{:?} has no node", object.key()))?;
        if pod.is_ready() && !pod.is_terminal() {
            *ready.entry(pod.meta.labels.get("app").map_or("", |app| app)).or_default() += 1;
        }
    }
    for service in store.list(Kind::SERVICE, "default").filter(|service| &*service.meta().name != "kubernetes") {
        let name = service.meta().name.clone();
        let slices = store.slices_of(&service.meta().namespace, &name).map(|slice| slice.to_value());
        let endpoints = slices.flat_map(|slice| slice["endpoints"].as_array().cloned().unwrap_or_default());
        let got = endpoints.filter(|endpoint| endpoint["conditions"]["ready"] == true).count();
        let wanted = ready.get(&*name).copied().unwrap_or(0);
        check(wanted == got, format!("service {name}: {got} endpoints of {wanted}"))?;
    }
    Ok(())
}
