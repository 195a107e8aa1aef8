//! Hints in proportion to the CPUs of zones, for Services with the annotation `service.kubernetes.io/topology-mode: Auto`: each
//! zone gets as many endpoints as its share of the cluster's CPUs wants, be they elsewhere.
//!
//! Models `staging/src/k8s.io/endpointslice/topologycache`.

use crate::api::kinds::Key;
use crate::api::meta::Labels;
use crate::api::objects::service::{AddressType, Endpoint};
use crate::api::objects::{EndpointSlice, Node};
use crate::api::quantity::Quantity;
use crate::base::Str;
use crate::base::pmap::{PMap, PSet};
use serde_json::json;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The label that says in which zone a node is.
pub const ZONE: &str = "topology.kubernetes.io/zone";
/// How much more traffic than its share an endpoint may get.
const OVERLOAD: f64 = 0.2;
/// Nodes with these labels do no work that would count.
const EXCLUDED: [&str; 2] = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

const ENABLED: &str = "Topology Aware Hints has been enabled";
const DISABLED: &str = "Topology Aware Hints has been disabled";
const NO_ZONE: &str = "One or more endpoints do not have a zone specified";
const NO_NODES: &str = "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes";
const TOO_FEW: &str = "Insufficient number of endpoints";
const OVERLOADED: &str =
    "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold";

/// Numbers of endpoints, by zone.
type ByZone = BTreeMap<Str, usize>;

/// How many endpoints a zone should get.
#[derive(Clone, Copy, Debug)]
struct Allocation {
    minimum: usize,
    maximum: usize,
    desired: f64,
}

/// Something to be told about a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Whether there are hints now.
    pub enabled: bool,
    /// What happened.
    pub message: String,
}

/// The slices of a Service and family, before they are written.
pub struct Slices<'a> {
    /// New ones.
    pub create: &'a mut Vec<EndpointSlice>,
    /// Those that change.
    pub update: &'a mut Vec<EndpointSlice>,
    /// The others.
    pub unchanged: Vec<&'a EndpointSlice>,
}

/// The zones' shares, and which hints Services got.
#[derive(Clone, Default)]
pub struct Topology {
    /// The zones' shares of the CPUs, when nodes were looked at; none, if they do not say enough.
    ratios: Option<Rc<BTreeMap<Str, f64>>>,
    allocated: PMap<Key, Rc<BTreeMap<AddressType, ByZone>>>,
    populated: PSet<Key>,
}

/// Whether a Service asks for such hints. Models `hintsEnabled` of `k8s.io/endpointslice/utils.go`.
pub fn is_auto(annotations: &Labels) -> bool {
    let mode = annotations.get("service.kubernetes.io/topology-aware-hints");
    let mode = mode.or_else(|| annotations.get("service.kubernetes.io/topology-mode"));
    mode.is_some_and(|mode| matches!(&**mode, "Auto" | "auto"))
}

/// Whether the change of a node may change its zone's share. Models `updateNode` of
/// pkg/controller/endpointslice/endpointslice_controller.go.
pub fn matters(old: Option<&Node>, new: Option<&Node>) -> bool {
    let of = |node: Option<&Node>| node.map(|node| (node.is_ready(), node.meta.labels.get(ZONE).cloned()));
    of(old) != of(new)
}

/// Takes the hint of an endpoint away.
pub fn bare(endpoint: &Endpoint) -> Endpoint {
    Endpoint { hints: None, ..endpoint.clone() }
}

impl Topology {
    /// Forgets the zones' shares: nodes changed.
    pub fn forget_nodes(&mut self) {
        self.ratios = None;
    }

    /// Whether some Service has hints.
    pub fn is_used(&self) -> bool {
        !self.allocated.is_empty()
    }

    /// Learns the zones' shares, unless they are known. Models `SetNodes`.
    pub fn look_at<'a>(&mut self, nodes: impl Iterator<Item = &'a Node>) {
        if self.ratios.is_none() {
            self.ratios = Some(Rc::new(ratios(nodes).unwrap_or_default()));
        }
    }

    /// The Services of which some zone has too few endpoints, now that nodes have changed. Models `GetOverloadedServices`.
    pub fn overloaded(&self) -> Vec<Key> {
        let Some(ratios) = &self.ratios else { return Vec::new() };
        let too_few = |families: &BTreeMap<_, ByZone>| families.values().any(|zones| is_overloaded(zones, ratios));
        self.allocated.iter().filter(|(_, families)| too_few(families)).map(|(key, _)| key.clone()).collect()
    }

    /// Forgets the hints of a Service that asks for none; says so if it had some.
    pub fn leave(&mut self, service: &Key, family: AddressType) -> Option<Said> {
        let said = self.populated.contains(service).then(|| disabled(DISABLED, family));
        self.remove(service, family);
        said
    }

    /// Forgets the hints of a Service. Models `RemoveHints`.
    pub fn remove(&mut self, service: &Key, family: AddressType) {
        if let Some(families) = self.allocated.get_mut(service) {
            let families = Rc::make_mut(families);
            families.remove(&family);
            if families.is_empty() {
                self.allocated.remove(service);
            }
        }
        self.populated.remove(service);
    }

    /// Gives the endpoints of a Service hints. If it cannot be done well, none of them has one. Models `AddHints`.
    pub fn add(&mut self, service: &Key, family: AddressType, slices: &mut Slices<'_>) -> Option<Said> {
        let ready = slices.all().flat_map(|slice| &slice.endpoints).filter(|endpoint| is_ready(endpoint)).count();
        let hinted = self.allocations(ready).and_then(|allocations| slices.hint(&allocations));
        match hinted {
            Ok(by_zone) => {
                let mut families = self.allocated.get(service).map(|families| (**families).clone()).unwrap_or_default();
                families.insert(family, by_zone);
                self.allocated.insert(service.clone(), Rc::new(families));
                let is_new = self.populated.insert(service.clone());
                is_new.then(|| Said { enabled: true, message: with_family(ENABLED, family) })
            }
            Err(why) => {
                self.remove(service, family);
                slices.strip();
                Some(disabled(&why, family))
            }
        }
    }

    /// How many endpoints each zone should get, or why that cannot be said. Models `getAllocations`.
    fn allocations(&self, endpoints: usize) -> Result<BTreeMap<Str, Allocation>, String> {
        let Some(ratios) = self.ratios.as_ref().filter(|ratios| !ratios.is_empty()) else {
            return Err(NO_NODES.to_owned());
        };
        let counted = |why| Err(format!("{why} ({endpoints} endpoints, {} zones)", ratios.len()));
        if ratios.len() > endpoints {
            return counted(TOO_FEW);
        }
        let mut allocations: BTreeMap<Str, Allocation> = ratios
            .iter()
            .map(|(zone, ratio)| {
                let desired = ratio * endpoints as f64;
                let minimum = (desired * (1.0 / (1.0 + OVERLOAD))).ceil();
                (zone.clone(), Allocation { minimum: minimum as usize, maximum: 0, desired: desired.max(minimum) })
            })
            .collect();
        let least: usize = allocations.values().map(|allocation| allocation.minimum).sum();
        let Some(left) = endpoints.checked_sub(least) else { return counted(OVERLOADED) };
        allocations.values_mut().for_each(|allocation| allocation.maximum = allocation.minimum + left);
        Ok(allocations)
    }
}

impl Slices<'_> {
    fn all(&self) -> impl Iterator<Item = &EndpointSlice> {
        self.create.iter().chain(&*self.update).chain(self.unchanged.iter().copied())
    }

    /// Gives hints to the endpoints of slices that are written, and of those whose hints have become wrong.
    fn hint(&mut self, allocations: &BTreeMap<Str, Allocation>) -> Result<ByZone, String> {
        let mut by_zone = self.keep_valid(allocations);
        for endpoint in self.written() {
            endpoint.hints = None;
            if is_ready(endpoint) {
                let zone = endpoint.zone.clone().filter(|zone| !zone.is_empty()).ok_or_else(|| NO_ZONE.to_owned())?;
                hint_to(endpoint, &zone);
                *by_zone.entry(zone).or_default() += 1;
            }
        }
        let (mut giving, mut receiving) = balance(allocations, &by_zone);
        for endpoint in self.written().filter(|endpoint| is_ready(endpoint)) {
            let Some(from) = endpoint.zone.clone().filter(|zone| giving.get(zone).is_some_and(|left| *left > 0)) else {
                continue;
            };
            let Some((to, left)) = receiving.iter_mut().find(|(_, left)| **left > 0) else { break };
            *left -= 1;
            hint_to(endpoint, to);
            *by_zone.entry(to.clone()).or_default() += 1;
            for counts in [&mut giving, &mut by_zone] {
                counts.entry(from.clone()).and_modify(|count| *count = count.saturating_sub(1));
            }
        }
        Ok(by_zone)
    }

    fn written(&mut self) -> impl Iterator<Item = &mut Endpoint> {
        self.create.iter_mut().chain(self.update.iter_mut()).flat_map(|slice| &mut slice.endpoints)
    }

    /// Slices that need not change keep their hints, which are counted; the others are to be written too.
    ///
    /// Models `getAllocatedHintsByZone`.
    fn keep_valid(&mut self, allocations: &BTreeMap<Str, Allocation>) -> ByZone {
        let mut by_zone = ByZone::new();
        for slice in std::mem::take(&mut self.unchanged) {
            match valid_hints(slice, &by_zone, allocations) {
                Some(hints) => {
                    self.unchanged.push(slice);
                    for (zone, count) in hints {
                        *by_zone.entry(zone).or_default() += count;
                    }
                }
                None => self.update.push(slice.clone()),
            }
        }
        by_zone
    }

    /// Takes all hints away. Models `RemoveHintsFromSlices`.
    fn strip(&mut self) {
        let hinted = |slice: &&EndpointSlice| slice.endpoints.iter().any(|endpoint| endpoint.hints.is_some());
        self.update.extend(self.unchanged.extract_if(.., |slice| hinted(&*slice)).cloned());
        self.written().for_each(|endpoint| endpoint.hints = None);
    }
}

fn with_family(message: &str, family: AddressType) -> String {
    format!("{message}, addressType: {}", family.as_str())
}

fn disabled(message: &str, family: AddressType) -> Said {
    Said { enabled: false, message: with_family(message, family) }
}

fn is_ready(endpoint: &Endpoint) -> bool {
    endpoint.conditions.ready == Some(true)
}

fn hint_to(endpoint: &mut Endpoint, zone: &str) {
    endpoint.hints = Some(json!({"forZones": [{"name": zone}]}));
}

/// The zones' shares of the CPUs of nodes that are ready; none, when a node does not say enough or there is one zone only.
fn ratios<'a>(nodes: impl Iterator<Item = &'a Node>) -> Option<BTreeMap<Str, f64>> {
    let works = |node: &&Node| node.is_ready() && EXCLUDED.iter().all(|label| node.meta.labels.get(label).is_none());
    let mut by_zone: BTreeMap<Str, i64> = BTreeMap::new();
    for node in nodes.filter(works) {
        let zone = node.meta.labels.get(ZONE).filter(|zone| !zone.is_empty())?;
        let cpu = node.status.allocatable.get("cpu").and_then(|text| Quantity::parse(text).ok())?;
        if cpu.is_zero() {
            return None;
        }
        let sum = by_zone.entry(zone.clone()).or_default();
        *sum = sum.saturating_add(cpu.milli_value());
    }
    let all: f64 = by_zone.values().map(|cpu| *cpu as f64).sum();
    let shares = by_zone.into_iter().map(|(zone, cpu)| (zone, cpu as f64 / all));
    Some(shares.collect::<BTreeMap<_, _>>()).filter(|shares| shares.len() >= 2)
}

/// How many endpoints zones should give to others, and get. Models `getGivingAndReceivingZones`.
fn balance(allocations: &BTreeMap<Str, Allocation>, by_zone: &ByZone) -> (ByZone, ByZone) {
    let (mut too_many, mut too_few) = (BTreeMap::new(), BTreeMap::new());
    for (zone, allocation) in allocations {
        let surplus = by_zone.get(zone).copied().unwrap_or(0) as f64 - allocation.desired;
        if surplus > 0.0 {
            too_many.insert(zone, surplus);
        } else if surplus < 0.0 {
            too_few.insert(zone, -surplus);
        }
    }
    let (mut giving, mut receiving) = (ByZone::new(), ByZone::new());
    while let (Some((from, most)), Some((to, least))) = (greatest(&mut too_many), greatest(&mut too_few)) {
        if *most < 1.0 && *least < 1.0 || *most < 0.5 || *least < 0.5 {
            break;
        }
        *most -= 1.0;
        *least -= 1.0;
        *giving.entry(from.clone()).or_default() += 1;
        *receiving.entry(to.clone()).or_default() += 1;
    }
    (giving, receiving)
}

/// The zone with the greatest number over 0; the first of several.
fn greatest<'a, 'b>(zones: &'b mut BTreeMap<&'a Str, f64>) -> Option<(&'a Str, &'b mut f64)> {
    let over = zones.iter_mut().filter(|(_, number)| **number > 0.0);
    let most = over.reduce(|most, other| if *other.1 > *most.1 { other } else { most })?;
    Some((*most.0, most.1))
}

/// The hints of a slice by zone; none, when they have to be made anew. Models `getHintsByZone`.
fn valid_hints(slice: &EndpointSlice, by_zone: &ByZone, allocations: &BTreeMap<Str, Allocation>) -> Option<ByZone> {
    let mut hints = ByZone::new();
    for endpoint in slice.endpoints.iter().filter(|endpoint| is_ready(endpoint)) {
        let zones = endpoint.hints.as_ref()?.get("forZones")?.as_array().filter(|zones| !zones.is_empty())?;
        for zone in zones {
            let zone = zone.get("name")?.as_str()?;
            let (zone, _) = allocations.get_key_value(zone)?;
            *hints.entry(zone.clone()).or_default() += 1;
        }
    }
    let known = |zone: &Str| by_zone.get(zone).copied().unwrap_or(0);
    let fits =
        |(zone, count): (&Str, &usize)| allocations.get(zone).is_some_and(|all| count + known(zone) <= all.maximum);
    hints.iter().all(fits).then_some(hints)
}

/// Whether some zone has too few endpoints. Models `serviceOverloaded`.
fn is_overloaded(zones: &ByZone, ratios: &BTreeMap<Str, f64>) -> bool {
    let all: f64 = zones.values().map(|count| *count as f64).sum();
    let least = |ratio: f64| (all * ratio * (1.0 / (1.0 + OVERLOAD))).ceil() as usize;
    let lacks = |(zone, ratio): (&Str, &f64)| zones.get(zone).is_none_or(|count| *count < least(*ratio));
    !zones.is_empty() && (ratios.is_empty() || ratios.iter().any(lacks))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::kinds::Kind;
    use crate::api::objects::Object;

    fn service() -> Key {
        Key::new(Kind::SERVICE, "ns", "svc")
    }

    fn topology(ratios: &[(&str, f64)]) -> Topology {
        let ratios = ratios.iter().map(|(zone, ratio)| (Str::from(*zone), *ratio)).collect();
        Topology { ratios: Some(Rc::new(ratios)), ..Topology::default() }
    }

    /// A slice of endpoints, each as its zone, `>` and the zone it is hinted to, `!` before those that are not ready.
    fn slice(name: &str, endpoints: &str) -> EndpointSlice {
        let endpoint = |text: &str| {
            let (ready, text) = text.strip_prefix('!').map_or((true, text), |rest| (false, rest));
            let (zone, hint) = text.split_once('>').map_or((text, None), |(zone, hint)| (zone, Some(hint)));
            let hints = hint.map(|zone| json!({"forZones": [{"name": zone}]}));
            let zone = Some(Str::from(zone)).filter(|zone| !zone.is_empty());
            let mut endpoint = Endpoint { addresses: vec!["10.1.2.3".into()], zone, hints, ..Endpoint::default() };
            endpoint.conditions.ready = Some(ready);
            endpoint
        };
        let mut slice = EndpointSlice { endpoints: endpoints.split(' ').map(endpoint).collect(), ..Default::default() };
        slice.meta.name = name.into();
        slice
    }

    fn shown(slice: &EndpointSlice) -> String {
        let endpoint = |endpoint: &Endpoint| {
            let hint = endpoint.hints.as_ref().and_then(|hints| hints.pointer("/forZones/0/name")?.as_str());
            let mark = if is_ready(endpoint) { "" } else { "!" };
            let arrow = hint.map(|zone| format!(">{zone}")).unwrap_or_default();
            format!("{mark}{}{arrow}", endpoint.zone.as_deref().unwrap_or_default())
        };
        slice.endpoints.iter().map(endpoint).collect::<Vec<_>>().join(" ")
    }

    /// Adds hints to slices to be created, to be updated and unchanged; gives those that are written, and what was said.
    fn add(topology: &mut Topology, create: &[&str], update: &[&str], unchanged: &[&str]) -> (Vec<String>, String) {
        let made = |texts: &[&str]| texts.iter().map(|text| slice("s", text)).collect::<Vec<_>>();
        let (mut create, mut update, unchanged) = (made(create), made(update), made(unchanged));
        let mut slices = Slices { create: &mut create, update: &mut update, unchanged: unchanged.iter().collect() };
        let said = topology.add(&service(), AddressType::Ipv4, &mut slices);
        let said =
            said.map_or(String::new(), |said| if said.enabled { format!("+ {}", said.message) } else { said.message });
        (create.iter().chain(&update).map(shown).collect(), said.replace(", addressType: IPv4", ""))
    }

    const TWO: [(&str, f64); 2] = [("a", 0.45), ("b", 0.55)];
    const THREE: [(&str, f64); 3] = [("a", 0.35), ("b", 0.35), ("c", 0.3)];

    type Ratios<'a> = &'a [(&'a str, f64)];
    type Counts<'a> = &'a [(&'a str, usize)];
    type Texts<'a> = &'a [&'a str];
    /// Zone, CPU, another label, whether it is ready.
    type NodeSpec<'a> = (&'a str, &'a str, &'a str, bool);

    #[test]
    fn hints_of_slices_that_are_written() {
        let on = format!("+ {ENABLED}");
        let table: [(Ratios<'_>, Texts<'_>, Texts<'_>, Texts<'_>, Texts<'_>, &str); 10] = [
            (&[], &[], &[], &[], &[], NO_NODES),
            (&[], &["a"], &[], &["b", "a>a"], &["a", "a"], NO_NODES),
            (
                &[("a", 0.3), ("b", 0.4), ("c", 0.3)],
                &["a b"],
                &[],
                &[],
                &["a b"],
                "Insufficient number of endpoints (2 endpoints, 3 zones)",
            ),
            (&TWO, &["a b"], &[], &[], &["a>a b>b"], &on),
            (&TWO, &["a b !b"], &[], &[], &["a>a b>b !b"], &on),
            (&TWO, &["a "], &[], &["!b>b"], &["a ", "!b"], NO_ZONE),
            (
                &[("a", 0.1), ("b", 0.9)],
                &["a b"],
                &[],
                &[],
                &["a b"],
                "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (2 endpoints, 2 zones)",
            ),
            (
                &THREE,
                &["a b", "c c a"],
                &["a a", "b c a"],
                &[],
                &["a>b b>b", "c>c c>c a>a", "a>a a>a", "b>b c>c a>a"],
                &on,
            ),
            (&TWO, &["a"], &[], &["b>b"], &["a>a"], &on),
            (&TWO, &["a a"], &[], &["b", "b>x"], &["a>a a>a", "b>b", "b>b"], &on),
        ];
        for (ratios, create, update, unchanged, written, said) in table {
            let mut topology = topology(ratios);
            let found = add(&mut topology, create, update, unchanged);
            assert_eq!(found, (written.iter().map(|text| (*text).to_owned()).collect(), said.to_owned()), "{create:?}");
            assert_eq!(topology.is_used(), said == on, "{create:?}");
        }
    }

    #[test]
    fn hints_are_announced_once() {
        let mut topology = topology(&TWO);
        assert_eq!(add(&mut topology, &["a b"], &[], &[]).1, format!("+ {ENABLED}"));
        assert_eq!(add(&mut topology, &[], &[], &["a>a b>b"]), (vec![], String::new()));
        assert_eq!(topology.leave(&service(), AddressType::Ipv4), Some(disabled(DISABLED, AddressType::Ipv4)));
        assert_eq!(topology.leave(&service(), AddressType::Ipv4), None);
    }

    #[test]
    fn shares_of_zones() {
        let node = |(zone, cpu, label, ready): NodeSpec<'_>| {
            let (mut labels, status) = (json!({}), if ready { "True" } else { "False" });
            for (key, value) in [(ZONE, zone), (label, "")]
                .into_iter()
                .filter(|(key, value)| *key != ZONE && !key.is_empty() || !value.is_empty())
            {
                labels[key] = value.into();
            }
            let conditions = json!([{"type": "Ready", "status": status}]);
            let value = json!({"metadata": {"name": "n", "labels": labels}, "status": {"conditions": conditions, "allocatable": {"cpu": cpu}}});
            Object::from_value(Kind::NODE, value).expect("a node")
        };
        let table: [(&[NodeSpec<'_>], Option<Ratios<'_>>); 8] = [
            (&[], None),
            (&[("a", "1", "", true)], None),
            (&[("a", "1", "", true), ("a", "1", "", true)], None),
            (&[("a", "1", "", true), ("b", "3", "", true)], Some(&[("a", 0.25), ("b", 0.75)])),
            (
                &[("a", "1", "", true), ("b", "500m", "", true), ("b", "500m", "", true)],
                Some(&[("a", 0.5), ("b", 0.5)]),
            ),
            (&[("a", "1", "", true), ("b", "1", "", true), ("", "1", "", true)], None),
            (&[("a", "1", "", true), ("b", "1", "", true), ("c", "0", "", true)], None),
            (
                &[("a", "1", "", true), ("b", "1", "", true), ("", "9", EXCLUDED[0], true), ("c", "9", "", false)],
                Some(&[("a", 0.5), ("b", 0.5)]),
            ),
        ];
        for (nodes, shares) in table {
            let objects: Vec<Object> = nodes.iter().map(|spec| node(*spec)).collect();
            let expected = shares.map(|shares| shares.iter().map(|(zone, ratio)| (Str::from(*zone), *ratio)).collect());
            assert_eq!(ratios(objects.iter().filter_map(Node::of)), expected, "{nodes:?}");
        }
    }

    #[test]
    fn surplus_endpoints_move_to_zones_that_lack_them() {
        let numbers =
            |zones: &[(&str, usize)]| zones.iter().map(|(zone, n)| (Str::from(*zone), *n)).collect::<ByZone>();
        let table: [(Ratios<'_>, Counts<'_>, Counts<'_>, Counts<'_>); 5] = [
            (&[], &[], &[], &[]),
            (&[("a", 5.0), ("b", 5.0)], &[("a", 8), ("b", 2)], &[("a", 3)], &[("b", 3)]),
            (&[("a", 4.3), ("b", 5.7)], &[("a", 5), ("b", 5)], &[], &[]),
            (
                &[("a", 4.0), ("b", 3.0), ("c", 3.0)],
                &[("a", 8), ("b", 1), ("c", 1)],
                &[("a", 4)],
                &[("b", 2), ("c", 2)],
            ),
            (&[("a", 3.4), ("b", 3.3), ("c", 3.3)], &[("a", 1), ("b", 9)], &[("b", 5)], &[("a", 2), ("c", 3)]),
        ];
        for (desired, now, giving, receiving) in table {
            let allocations = desired
                .iter()
                .map(|(zone, desired)| (Str::from(*zone), Allocation { minimum: 0, maximum: 0, desired: *desired }))
                .collect();
            assert_eq!(balance(&allocations, &numbers(now)), (numbers(giving), numbers(receiving)), "{now:?}");
        }
    }

    #[test]
    fn too_few_endpoints_for_the_share() {
        let mut topology = topology(&TWO);
        add(&mut topology, &["a b"], &[], &[]);
        assert!(topology.overloaded().is_empty());
        topology.ratios = Some(Rc::new([("a".into(), 0.3), ("c".into(), 0.7)].into()));
        assert_eq!(topology.overloaded(), [service()]);
        topology.ratios = Some(Rc::default());
        assert_eq!(topology.overloaded(), [service()]);
    }
}
