//! What stands behind a refusal: the label that differs, the taint, the amounts. Kubernetes says only the sentence of
//! [`Reason`]; this is what a person has to look up then.

use super::convert::pod_info;
use super::explain::Reason;
use super::filter::{HostPort, Neighbours, NodeInfo, PodInfo, conflict};
use super::fit::Resources;
use super::node_selector::{Operator, Requirement, Term};
use super::taints::{Effect, untolerated};
use crate::api::objects::Pod;
use crate::api::quantity::{Format, Quantity};
use crate::apiserver::Store;
use crate::base::Str;
use crate::base::msg::Msg;
use crate::msg;

/// A pod at a node that refuses it.
pub(super) struct Refusal<'a> {
    /// The pod.
    pub pod: &'a PodInfo,
    /// What other pods mean for it.
    pub neighbours: &'a Neighbours,
    /// The node.
    pub node: &'a NodeInfo,
    /// For the pods that are there.
    pub store: &'a Store,
}

impl Refusal<'_> {
    /// What stands behind a reason; nothing where the reason says it all.
    pub fn because(&self, reason: &Reason) -> Option<Msg> {
        match reason {
            Reason::Unschedulable => Some(msg!("why.node-cordoned", node = self.node.name)),
            Reason::NodeName => Some(msg!("why.node-named", node = self.pod.node_name.as_ref()?)),
            Reason::Taint => self.taint(),
            Reason::NodeAffinity => self.node_affinity(),
            Reason::Ports => self.port(),
            Reason::TooManyPods => Some(msg!("why.node-full", most = self.node.capacity.allowed_pods)),
            Reason::Insufficient { resource, .. } => Some(self.amounts(resource)),
            Reason::Spread => self.spread(),
            Reason::SpreadLabel => {
                let mut keys = self.neighbours.spread.iter().map(|constraint| &constraint.topology_key);
                let key = keys.find(|key| self.node.labels.get(key).is_none())?;
                Some(msg!("why.node-lacks", key = key))
            }
            Reason::Affinity | Reason::AntiAffinity | Reason::ExistingAntiAffinity => self.company(reason),
            _ => None,
        }
    }

    fn taint(&self) -> Option<Msg> {
        let hard = |effect| effect != Effect::PreferNoSchedule;
        let taint = untolerated(&self.node.taints, &self.pod.tolerations, hard).next()?;
        let value = if taint.value.is_empty() { String::new() } else { format!("={}", taint.value) };
        Some(msg!("why.node-taint", taint = format!("{}{value}:{:?}", taint.key, taint.effect)))
    }

    fn node_affinity(&self) -> Option<Msg> {
        let labels = &self.node.labels;
        let mut selector = self.pod.affinity.selector.iter();
        if let Some((key, value)) = selector.find(|(key, value)| labels.get(key) != Some(value)) {
            return Some(self.differs(&format!("{key}={value}"), key));
        }
        // Of several terms one would do: what the first of them lacks is as good an answer as any.
        let term = self.pod.affinity.required.as_ref()?.first()?;
        let lacking = self.lacking(term)?;
        Some(self.differs(&wish(lacking), &lacking.key))
    }

    fn lacking<'a>(&self, term: &'a Term) -> Option<&'a Requirement> {
        let label = |requirement: &&Requirement| {
            !requirement.matches(self.node.labels.get(&requirement.key).map(|value| &**value))
        };
        let field = |requirement: &&Requirement| !requirement.matches(Some(&self.node.name));
        term.expressions.iter().find(label).or_else(|| term.fields.iter().find(field))
    }

    /// The node's label is another one than is wished for, or is not there.
    fn differs(&self, wish: &str, key: &Str) -> Msg {
        match self.node.labels.get(key) {
            _ if **key == *"metadata.name" => msg!("why.node-wish", wish = wish),
            Some(value) => msg!("why.node-label", wish = wish, label = format!("{key}={value}")),
            None => msg!("why.node-no-label", wish = wish, key = key),
        }
    }

    fn port(&self) -> Option<Msg> {
        let taken = |wanted: &HostPort| conflict(wanted, &self.node.host_ports).cloned();
        let (wanted, port) = self.pod.host_ports.iter().find_map(|wanted| Some((wanted, taken(wanted)?)))?;
        let holds = |other: &&Pod| !other.is_terminal() && pod_info(&other.spec).host_ports.contains(&port);
        let holder = self.store.on_node(&self.node.name).filter_map(|object| Pod::of(object)).find(holds)?;
        Some(msg!("why.node-port", port = format!("{}/{}", wanted.2, wanted.1), pod = holder.meta.name))
    }

    fn amounts(&self, resource: &Str) -> Msg {
        let (all, used) = (&self.node.capacity.allocatable, &self.node.capacity.requested);
        let of = |resources: &Resources| amount(resources, resource);
        let (asks, all, used) = (of(&self.pod.requests), of(all), of(used));
        let say = |value: i64| match &**resource {
            "cpu" => Quantity::of_milli(value, Format::DecimalSI).to_string(),
            "memory" | "ephemeral-storage" => Quantity::of(value, Format::BinarySI).to_string(),
            _ => value.to_string(),
        };
        if asks > all {
            return msg!("why.node-too-small", asks = say(asks), resource = resource, all = say(all));
        }
        msg!("why.node-amount", asks = say(asks), resource = resource, free = say((all - used).max(0)), all = say(all))
    }

    fn spread(&self) -> Option<Msg> {
        let mut broken = self.neighbours.spread.iter();
        let constraint = broken.find(|one| one.objection(&self.node.labels) == Some(Reason::Spread))?;
        let domain = self.node.labels.get(&constraint.topology_key)?;
        let here = constraint.counts.get(domain).copied().unwrap_or(0);
        Some(msg!(
            "why.node-spread",
            domain = format!("{}={domain}", constraint.topology_key),
            here = here,
            least = constraint.emptiest(),
            skew = constraint.max_skew
        ))
    }

    fn company(&self, reason: &Reason) -> Option<Msg> {
        let mut broken = self.neighbours.affinity.iter();
        let rule = broken.find(|rule| rule.objection(&self.node.labels).as_ref() == Some(reason))?;
        let Some(domain) = self.node.labels.get(&rule.topology_key) else {
            return Some(msg!("why.node-lacks", key = rule.topology_key));
        };
        let domain = format!("{}={domain}", rule.topology_key);
        Some(match reason {
            Reason::Affinity if rule.domains.is_empty() => msg!("why.node-nobody"),
            Reason::Affinity => msg!("why.node-alone", domain = domain),
            Reason::AntiAffinity => msg!("why.node-company", domain = domain),
            _ => msg!("why.node-unwelcome", domain = domain),
        })
    }
}

/// How a requirement is written.
fn wish(requirement: &Requirement) -> String {
    let key = &requirement.key;
    let values: Vec<&str> = requirement.values.iter().map(|value| &**value).collect();
    match (requirement.operator, values.as_slice()) {
        (Operator::In, [value]) => format!("{key}={value}"),
        (Operator::In, _) => format!("{key} in ({})", values.join(", ")),
        (Operator::NotIn, [value]) => format!("{key}!={value}"),
        (Operator::NotIn, _) => format!("{key} notin ({})", values.join(", ")),
        (Operator::Exists, _) => key.to_string(),
        (Operator::DoesNotExist, _) => format!("!{key}"),
        (Operator::Gt, _) => format!("{key}>{}", values.join(", ")),
        (Operator::Lt, _) => format!("{key}<{}", values.join(", ")),
    }
}

fn amount(resources: &Resources, name: &str) -> i64 {
    match name {
        "cpu" => resources.milli_cpu,
        "memory" => resources.memory,
        "ephemeral-storage" => resources.ephemeral_storage,
        _ => resources.extended.get(name).copied().unwrap_or(0),
    }
}
