//! Resource lists: which resources may be named where, and how much of them.
//!
//! Models the resource parts of `pkg/apis/core/validation/validation.go` and `pkg/apis/core/helper`.

use super::text::qualified_name;
use crate::api::field_error::FieldError;
use crate::api::node::Node;
use crate::api::quantity::Quantity;
use crate::base::Order;

const NEGATIVE: &str = "must be greater than or equal to 0";
const STANDARD_CONTAINER: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
const QUOTA_OBJECTS: [&str; 10] = [
    "pods",
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
    "storage",
];
const STANDARD_QUOTA: [&str; 19] = [
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.storage",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "persistentvolumeclaims",
    "configmaps",
    "services.nodeports",
    "services.loadbalancers",
];

fn is_hugepages(name: &str) -> bool {
    name.starts_with("hugepages-")
}

fn is_standard(name: &str) -> bool {
    STANDARD_QUOTA.contains(&name) || name == "storage" || is_hugepages(name) || name.starts_with("requests.hugepages-")
}

/// Whether the name has no domain of its own. Models `helper.IsNativeResource`.
pub fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

/// Whether requests may be smaller than limits. Models `helper.IsOvercommitAllowed`.
pub fn may_overcommit(name: &str) -> bool {
    is_native(name) && !is_hugepages(name)
}

/// Whether a quota can name this resource without a domain. Models `helper.IsStandardQuotaResourceName`.
pub fn is_standard_quota(name: &str) -> bool {
    STANDARD_QUOTA.contains(&name) || is_hugepages(name) || name.starts_with("requests.hugepages-")
}

fn is_integer_resource(name: &str) -> bool {
    let extended =
        !is_native(name) && !name.starts_with("requests.") && qualified_name(&format!("requests.{name}")).is_empty();
    QUOTA_OBJECTS.contains(&name) && name != "storage" || extended
}

/// A resource's name. Models `validateResourceName`.
pub fn name(at: &Node, name: &str, errors: &mut Vec<FieldError>) -> bool {
    let flaws = qualified_name(name);
    let malformed = !flaws.is_empty();
    errors.extend(flaws.into_iter().map(|flaw| at.invalid_as(name, flaw)));
    if malformed {
        return false;
    }
    if !name.contains('/') && !is_standard(name) {
        errors.push(at.invalid_as(name, "must be a standard resource type or fully qualified"));
        return false;
    }
    true
}

/// A resource that a container asks for. Models `validateContainerResourceName`.
pub fn container_name(at: &Node, resource: &str, errors: &mut Vec<FieldError>) {
    name(at, resource, errors);
    if !resource.contains('/') {
        if !STANDARD_CONTAINER.contains(&resource) && !is_hugepages(resource) {
            errors.push(at.invalid_as(resource, "must be a standard resource for containers"));
        }
    } else if !is_native(resource)
        && (resource.starts_with("requests.") || !qualified_name(&format!("requests.{resource}")).is_empty())
    {
        errors.push(at.invalid_as(resource, "doesn't follow extended resource name standard"));
    }
}

/// A resource that a pod as a whole asks for. Models `validatePodResourceName`.
pub fn pod_name(at: &Node, resource: &str, errors: &mut Vec<FieldError>) {
    if name(at, resource, errors) && !matches!(resource, "cpu" | "memory") && !is_hugepages(resource) {
        errors.push(at.unsupported_as(resource, &["cpu", "memory"]));
    }
}

/// An amount of a resource. Models `ValidateResourceQuantityValue`.
pub fn amount(at: &Node, resource: &str, errors: &mut Vec<FieldError>) {
    let Some(quantity) = at.quantity() else { return };
    not_negative(at, errors);
    if is_integer_resource(resource) && quantity.milli_value() % 1000 != 0 {
        errors.push(at.invalid_as(quantity.to_string(), "must be an integer"));
    }
}

/// Models `ValidateNonnegativeQuantity`.
pub fn not_negative(at: &Node, errors: &mut Vec<FieldError>) {
    if let Some(quantity) = at.quantity().filter(|quantity| quantity.sign() < 0) {
        errors.push(at.invalid_as(quantity.to_string(), NEGATIVE));
    }
}

/// Models `ValidatePositiveQuantityValue`. Returns whether the amount is fine.
pub fn positive(at: &Node, errors: &mut Vec<FieldError>) -> bool {
    match at.quantity().filter(|quantity| quantity.sign() < 0 || quantity.is_zero()) {
        Some(quantity) => {
            errors.push(at.invalid_as(quantity.to_string(), "must be greater than zero"));
            false
        }
        None => true,
    }
}

fn hugepages_divisible(resource: &str, quantity: Quantity) -> bool {
    let page =
        resource.strip_prefix("hugepages-").and_then(|page| Quantity::parse(page).ok()).map_or(0, |page| page.value());
    page > 0 && quantity.value() % page == 0
}

/// The limits and requests of a container or a pod. Models `validateResourceRequirements`.
pub fn requirements(
    at: &Node,
    name_of: fn(&Node, &str, &mut Vec<FieldError>),
    claims: &[&str],
    errors: &mut Vec<FieldError>,
) {
    let (limits, requests) = (at.get("limits"), at.get("requests"));
    let (mut hugepages, mut computes) = (false, false);
    let mut each = |resource: &str, entry: &Node, errors: &mut Vec<FieldError>| {
        name_of(entry, resource, errors);
        amount(entry, resource, errors);
        hugepages |= is_hugepages(resource);
        computes |= matches!(resource, "cpu" | "memory");
    };
    let divisible = |resource: &str, entry: &Node, errors: &mut Vec<FieldError>| {
        if let Some(quantity) =
            entry.quantity().filter(|q| is_hugepages(resource) && !hugepages_divisible(resource, *q))
        {
            errors.push(entry.invalid_as(
                quantity.to_string(),
                format!("{quantity} is not positive integer multiple of {resource}"),
            ));
        }
    };
    for (resource, limit) in limits.entries() {
        each(resource, &limit, errors);
        divisible(resource, &limit, errors);
    }
    for (resource, request) in requests.entries() {
        each(resource, &request, errors);
        let amounts = (request.quantity(), limits.key(resource).quantity());
        match amounts {
            (Some(request), Some(limit)) if request != limit && !may_overcommit(resource) => {
                errors.push(
                    requests.invalid_as(request.to_string(), format!("must be equal to {resource} limit of {limit}")),
                );
            }
            (Some(request), Some(limit)) if request > limit => {
                errors.push(requests.invalid_as(
                    request.to_string(),
                    format!("must be less than or equal to {resource} limit of {limit}"),
                ));
            }
            (_, None) if !may_overcommit(resource) => {
                errors.push(limits.required("Limit must be set for non overcommitable resources"));
            }
            _ => {}
        }
        divisible(resource, &request, errors);
    }
    if hugepages && !computes {
        errors.push(at.forbidden("HugePages require cpu or memory"));
    }
    claim_names(&at.get("claims"), claims, errors);
}

/// Models `validateResourceClaimNames`.
fn claim_names(at: &Node, known: &[&str], errors: &mut Vec<FieldError>) {
    let mut seen: Vec<String> = Vec::new();
    for claim in at.items() {
        let (name, request) = (claim.get("name").str(), claim.get("request"));
        if name.is_empty() {
            errors.push(claim.required(""));
            continue;
        }
        if seen.iter().any(|other| other == name) {
            errors.push(claim.duplicate_as(name));
        } else {
            let mut key = name.to_owned();
            if !request.str().is_empty() {
                errors.extend(super::text::dns_label(request.str()).into_iter().map(|flaw| request.invalid(flaw)));
                key = format!("{name}/{}", request.str());
            }
            if seen.contains(&key) {
                errors.push(claim.duplicate_as(key.as_str()));
            } else if request.str().is_empty() && seen.iter().any(|other| other.split('/').next() == Some(name)) {
                errors.push(claim.duplicate_as(name));
            }
            seen.push(key);
        }
        if !known.contains(&name) {
            let mut error = claim.not_found();
            error.value = Some(name.into());
            let mut sorted = known.to_vec();
            sorted.order();
            error.detail = match sorted.as_slice() {
                [] => "must be one of the names in pod.spec.resourceClaims which is empty".to_owned(),
                some => format!("must be one of the names in pod.spec.resourceClaims: {}", some.join(", ")),
            };
            errors.push(error);
        }
    }
}

/// What all containers of a pod ask for together: the larger of any init container (with the sidecars before it) and the
/// sum of the running ones. Models `resourcehelper.AggregateContainerRequests`.
pub fn aggregate_requests(spec: &Node) -> std::collections::BTreeMap<String, Quantity> {
    type List = std::collections::BTreeMap<String, Quantity>;
    let requests = |container: &Node| -> List {
        let resources = container.get("resources");
        let requests = resources.get("requests");
        requests.entries().filter_map(|(name, entry)| Some((name.to_owned(), entry.quantity()?))).collect()
    };
    let add = |into: &mut List, more: &List| {
        for (name, amount) in more {
            let sum = into.get(name).map_or(*amount, |before| *before + *amount);
            into.insert(name.clone(), sum);
        }
    };
    let raise = |into: &mut List, other: &List| {
        for (name, amount) in other {
            if into.get(name).is_none_or(|before| before < amount) {
                into.insert(name.clone(), *amount);
            }
        }
    };
    let mut total = List::new();
    for container in spec.get("containers").items() {
        add(&mut total, &requests(&container));
    }
    let (mut sidecars, mut peak) = (List::new(), List::new());
    for container in spec.get("initContainers").items() {
        let mut own = requests(&container);
        if container.get("restartPolicy").str() == "Always" {
            add(&mut total, &own);
            add(&mut sidecars, &own);
            own = sidecars.clone();
        } else {
            add(&mut own, &sidecars);
        }
        raise(&mut peak, &own);
    }
    raise(&mut total, &peak);
    total
}

/// The pod's own resources against its containers'. Models `validatePodResourceConsistency`.
pub fn pod_level(spec: &Node, errors: &mut Vec<FieldError>) {
    let at = spec.get("resources");
    let requests = at.get("requests");
    for (name, amount) in aggregate_requests(spec) {
        let entry = requests.key(&name);
        let of_pod = entry.quantity();
        if of_pod.is_none_or(|of_pod| amount > of_pod) {
            let shown = of_pod.map_or("0".to_owned(), |of_pod| of_pod.to_string());
            errors.push(entry.invalid_as(
                shown,
                format!("must be greater than or equal to aggregate container requests of {amount}"),
            ));
        }
    }
    for (i, container) in spec.get("containers").items().enumerate() {
        for (name, limit) in container.get("resources").get("limits").entries() {
            let amounts = (limit.quantity(), at.get("limits").key(name).quantity());
            if let (Some(own), Some(of_pod)) = amounts
                && own > of_pod
            {
                let detail = format!("must be less than or equal to pod limits of {of_pod}");
                errors.push(at.get("containers").index(i).key(name).get("limits").invalid_as(own.to_string(), detail));
            }
        }
    }
}
